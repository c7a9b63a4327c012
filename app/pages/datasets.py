"""What the data look like: the preview in the form of a new run, its picture, and a page of all data sets."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from app.language.formats import number
from app.language.words import gettext as _
from app.launching import scrambling
from app.launching.datasets import SCRAMBLING, Dataset, find, known
from app.routes.datasets import DatasetDep
from app.web.dependencies import SettingsDep
from app.web.routers import page_router
from app.web.static_files import FOREVER
from app.web.templating import page
from trainer.config import FIELDS, ConfigError, RunConfig
from trainer.errors import DataUnavailable
from trainer.scope import block_sides

router = page_router()


@router.get("/datasets")
def list_datasets(request: Request, settings: SettingsDep) -> HTMLResponse:
    previews = [preview(dataset, {}) for dataset in known(settings.data_folder)]
    return page(request, "datasets.html", previews=previews)


@router.get("/partials/data-preview")
def refresh_preview(request: Request, settings: SettingsDep) -> HTMLResponse:
    sent = dict(request.query_params)
    name = sent.get("dataset") or str(FIELDS["dataset"].default)
    dataset = find(name, settings.data_folder)
    found = preview(dataset, sent) if dataset else None
    return page(request, "partials/data-preview.html", preview=found, wanted=name)


@router.get("/datasets/{name}/samples.png")
def show_samples(request: Request, dataset: DatasetDep) -> Response:
    """Sample images, plain and scrambled. The address that a preview names holds the version, and may be kept."""
    config = scrambling.read(request.query_params, dataset)
    version = dataset.version(config)
    kept = FOREVER.replace("public", "private") if request.query_params.get("v") == version else "private, no-cache"
    headers = {"ETag": f'"{version}"', "Cache-Control": kept}
    if version in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    try:
        picture = dataset.picture(config) if dataset.state == "ready" else None
    except DataUnavailable as error:
        raise HTTPException(404, f"{dataset.name}: {error}") from error
    if picture is None:
        raise HTTPException(
            404, f"There are no images of {dataset.name} here. {dataset.problem or 'A run fetches them.'}"
        )
    return Response(picture, media_type="image/png", headers=headers)


def preview(dataset: Dataset, sent: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows of a data set; `problem` says why it cannot be scrambled as `sent` wants it."""
    problem, config = "", RunConfig(dataset=dataset.name)
    try:
        config = scrambling.read(sent, dataset)
    except ConfigError as error:
        problem = _problem(error, dataset, sent)
    address = f"/datasets/{dataset.name}/samples.png?{urlencode(_query(config) | {'v': dataset.version(config)})}"
    download = f"{number(round(dataset.download_bytes / 1e6))} MB"
    found = {"dataset": dataset, "config": config, "problem": problem, "address": address, "download": download}
    if dataset.facts:
        found |= {"shown": dataset.shown} | dict(zip(("width", "height"), dataset.size, strict=True))
    return found


def _query(config: RunConfig) -> dict[str, str]:
    """What the picture's address says of the scrambling: nothing where there is none, or it is the default."""
    differing = {name: getattr(config, name) for name in SCRAMBLING if getattr(config, name) != FIELDS[name].default}
    return {name: "true" if value is True else str(value) for name, value in differing.items()}


def _problem(error: ConfigError, dataset: Dataset, sent: Mapping[str, str]) -> str:
    """The first problem in the reader's language."""
    name = next(iter(error.problems))
    value, facts = sent.get(name) or str(FIELDS[name].default), dataset.facts
    if name == "permutation_block" and facts and value.isdecimal():
        height, width = facts.shape[1:]
        return _("Blocks of %(side)s×%(side)s pixels do not fill images of %(size)s. Sides that do: %(sides)s.") % {
            "side": value,
            "size": f"{height}×{width}",
            "sides": ", ".join(map(number, block_sides(height, width))),
        }
    return _("%(field)s: “%(value)s” is not accepted.") % {"field": _(FIELDS[name].metadata["title"]), "value": value}
