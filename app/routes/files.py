"""A run's files: which there are, and each to download."""

from fastapi import HTTPException
from fastapi.responses import FileResponse, Response, StreamingResponse

from app.settings import Settings
from app.store.artifacts import blocks, open_file, path_of, size
from app.store.models import Run
from app.watching.run_files import RunFile, files, media_type
from app.web.dependencies import RunDep, SettingsDep
from app.web.routers import api_router

router = api_router("results", prefix="/api/runs/{run_id}/files")


@router.get("")
def list_files(run: RunDep, settings: SettingsDep) -> list[RunFile]:
    """The run's files with their sizes in bytes."""
    return files(settings, run)


@router.get(
    "/{name}",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {"example": "(bytes)"}}}},
)
def download_file(run: RunDep, settings: SettingsDep, name: str) -> Response:
    """One of them."""
    known = [file.name for file in files(settings, run)]
    # Only what is listed: a name is no path.
    answer = sent(settings, run, name, media_type(name), f"run-{run.id}-{name}") if name in known else None
    if answer is None:
        raise HTTPException(404, f"Run {run.id} has no file {name!r}; it has {', '.join(known) or 'none yet'}.")
    return answer


def sent(settings: Settings, run: Run, name: str, kind: str, download: str | None = None) -> Response | None:
    """One of the run's files; None when it has none of that name."""
    if (path := path_of(settings, run, name)) is not None:
        return FileResponse(path, media_type=kind, filename=download)
    if (file := open_file(settings, run, name)) is None:
        return None
    headers = {"Content-Length": str(size(file))}
    if download:
        headers["Content-Disposition"] = f'attachment; filename="{download}"'
    return StreamingResponse(blocks(file), media_type=kind, headers=headers)
