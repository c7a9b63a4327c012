"""First use of a built-in data set: its files are fetched, checked and written in the prepared form.

torchvision knows the addresses, checksums and file formats. The bytes are received here, because torchvision's
own download has no time limit, paints a bar on the terminal and cannot be stopped half-way.
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from torchvision.datasets.utils import check_integrity

from trainer import prepared
from trainer.catalog import DATASETS
from trainer.errors import DataUnavailable
from trainer.events import Preparing
from trainer.receive import receive
from trainer.sources import SOURCES, RemoteFile

Fetching = Generator[Preparing, None, None]

# Progress is told this often, in seconds.
REPORT_EVERY = 0.5


def fetch(name: str, path: Path, mirror: str | None = None) -> Fetching:
    """Makes `path` (`<name>.npz`) from the original files; afterwards it is there whole, or nothing is.

    With `mirror` the files are looked for at `{mirror}/{name}/{file}` only. Raises DataUnavailable.
    """
    with _explained(name, path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _open_folder(path.parent) as folder:
            while not _lock(folder):
                yield Preparing(message="Waiting for another run that is fetching a data set")
                time.sleep(REPORT_EVERY)
            if not path.is_file():
                yield from _fetch_alone(name, path, mirror)


def _fetch_alone(name: str, path: Path, mirror: str | None) -> Fetching:
    source, total, done = SOURCES[name], DATASETS[name].download_bytes, 0
    temporary = path.parent / f".{name}.download"
    # One that was killed in the middle may have left its folder.
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        for file in source.files():
            target = temporary / file.folder / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            urls = [f"{mirror.rstrip('/')}/{name}/{file.name}"] if mirror else file.urls
            yield from _from_any(urls, file, target, done, total)
            done += target.stat().st_size
        yield Preparing(message=f"Unpacking {DATASETS[name].title}", done=done, total=done)
        prepared.write(path, source.read(temporary, DATASETS[name].classes))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _from_any(urls: list[str], file: RemoteFile, target: Path, before: int, total: int) -> Fetching:
    """The file from the first address that has it whole; progress counts on from `before`."""
    failures = []
    for url in urls:
        try:
            reported = time.monotonic()
            yield Preparing(message=f"Fetching {url}", done=before, total=total)
            for received in receive(url, target):
                if time.monotonic() - reported >= REPORT_EVERY:
                    reported = time.monotonic()
                    yield Preparing(message=f"Fetching {url}", done=before + received, total=total)
            if check_integrity(target, file.md5):
                return
            failures.append(f"{url}: the checksum is wrong, the file there is another or damaged")
        except (OSError, HTTPException, ValueError) as error:
            failures.append(f"{url}: {error}")
    raise ConnectionError("; ".join(failures))


@contextmanager
def _explained(name: str, folder: Path) -> Iterator[None]:
    """Says where it went wrong and the three ways out."""
    try:
        yield
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno in (errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise DataUnavailable(
                f"The data folder {folder} cannot be written to ({error}). Set EPOCHYARD_DATA_DIR to a folder that "
                f"can be, or to one that already holds {name}.npz."
            ) from error
        raise DataUnavailable(
            f"{DATASETS[name].title} could not be fetched into {folder}; nothing half-written was left there. "
            f"{error}. What you can do: check the network and launch the run again; or set EPOCHYARD_MIRROR_URL to "
            f"a server that has the original files in a folder {name}/; or set EPOCHYARD_DATA_DIR to a folder that "
            f"holds a prepared {name}.npz. The data set digits needs no download."
        ) from error


@contextmanager
def _open_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(folder: int) -> bool:
    """Whether this process may fetch into the folder now; the lock goes with the descriptor, killed or not."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some network file systems lock no folders. Two first runs at once may then get in each other's way.
        return True
    return True
