"""Where a run's files are: in the home's run folder, or in the store that EPOCHYARD_ARTIFACTS_URL names.

In the store a file never changes: each time, what changed is written anew to RUN/ATTEMPT/NUMBER/NAME, and the run's row
says which of them are its files. So a half-written file, or one of a worker that was overtaken, is nobody's.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from app.settings import Settings
from app.store.models import Run

BLOCK = 1 << 20  # bytes
# What a manifest is: a file's name -> its place below the run's folder in the store.
Manifest = dict[str, str]


class Store:
    """A folder of any kind that fsspec knows, and the runs' files in it. Raises what the file system raises."""

    def __init__(self, url: str) -> None:
        import fsspec  # most have no store, and start lighter without it

        self.url = url
        self._files: Any
        self._files, root = fsspec.url_to_fs(url)
        self._root = root.rstrip("/")

    def put(self, run_id: int, file: Path, place: str) -> None:
        path = self._path(run_id, place)
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._files.put_file(str(file), path)

    def get(self, run_id: int, place: str, file: Path) -> None:
        """Raises FileNotFoundError, with nothing written, when it is not there."""
        with self.open(run_id, place) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK)

    def open(self, run_id: int, place: str) -> IO[bytes]:
        return cast("IO[bytes]", self._files.open(self._path(run_id, place), "rb"))

    def size(self, run_id: int, place: str) -> int:
        """In bytes."""
        return int(self._files.size(self._path(run_id, place)))

    def local(self, run_id: int, place: str) -> Path | None:
        """The file's path, where this is a folder of the machine."""
        from fsspec.implementations.local import LocalFileSystem

        return Path(self._path(run_id, place)) if isinstance(self._files, LocalFileSystem) else None

    def places(self, run_id: int) -> list[str]:
        """All that is stored of a run."""
        folder = self._path(run_id)
        self._files.invalidate_cache()
        # A path that is found may begin with a slash that the root lacks, or the other way round.
        return [path.rpartition(f"{folder.lstrip('/')}/")[2] for path in self._files.find(folder)]

    def remove(self, run_id: int, places: Iterable[str]) -> None:
        """Somebody else may have removed them already."""
        for place in places:
            with suppress(FileNotFoundError):
                self._files.rm_file(self._path(run_id, place))

    def forget(self, run_id: int) -> None:
        """Remove all that is stored of a run."""
        with suppress(FileNotFoundError):
            self._files.rm(self._path(run_id), recursive=True)

    def name(self, run_id: int, place: str = "") -> str:
        """The address of a file, for people."""
        return "/".join(filter(None, (self.url.rstrip("/"), str(run_id), place)))

    def _path(self, run_id: int, place: str = "") -> str:
        return "/".join(filter(None, (self._root, str(run_id), place)))


def path_of(settings: Settings, run: Run, name: str) -> Path | None:
    """Where one of a run's files is on this machine; None when it has none of that name, or not here."""
    if settings.artifacts_url and run.stored is not None:
        place = run.stored.get(name)
        path = Store(settings.artifacts_url).local(run.id or 0, place) if place else None
    else:
        # Runs from before there was a store have their files in the home, too.
        path = settings.run_folder(run.id or 0) / name
    return path if path is not None and path.exists() else None


def open_file(settings: Settings, run: Run, name: str) -> IO[bytes] | None:
    """One of a run's files, to be read and closed; None when it has none of that name (yet)."""
    with suppress(FileNotFoundError):
        if (path := path_of(settings, run, name)) is not None:
            return path.open("rb")
        if settings.artifacts_url and (place := (run.stored or {}).get(name)):
            return Store(settings.artifacts_url).open(run.id or 0, place)
    return None


def has_file(settings: Settings, run: Run, name: str) -> bool:
    """Asks no store: what the run's row says is stored, is."""
    if settings.artifacts_url and run.stored is not None:
        return name in run.stored
    return path_of(settings, run, name) is not None


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The file from here to its end, closed afterwards; never much of it in memory."""
    with file:
        while block := file.read(BLOCK):
            yield block


def size(file: IO[bytes]) -> int:
    """In bytes; the file is at its beginning afterwards."""
    end = file.seek(0, 2)
    file.seek(0)
    return end


def forget(settings: Settings, run_id: int) -> None:
    """Remove a run's files wherever they are."""
    shutil.rmtree(settings.run_folder(run_id), ignore_errors=True)
    if settings.artifacts_url:
        Store(settings.artifacts_url).forget(run_id)
