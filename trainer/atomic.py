"""Files that are there whole or not at all, even when the machine stops in the middle of a write."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, cast

from trainer.errors import CannotSave

# Held around every change of a folder's names; raises when they may not be changed any more.
Guard = Callable[[], AbstractContextManager[None]]
FULL = (errno.ENOSPC, errno.EDQUOT)
# Hexadecimal digits that tell a temporary file from others.
MARK = 8


class Counted:
    """A file to write to that goes on counting, and no longer writing, when a write fails: so that it can be said how
    much room the whole would have needed."""

    def __init__(self, file: IO[bytes]) -> None:
        self.size = 0
        self._file = file
        self._failure: OSError | None = None

    def write(self, content: bytes | memoryview) -> int:
        size = memoryview(content).nbytes
        self.size += size
        if self._failure is None:
            try:
                self._file.write(content)
            except OSError as error:
                self._failure = error
        return size

    def flush(self) -> None:
        """Nothing: whoever opened the file does that."""

    def check(self) -> None:
        """Raises the OSError of the write that failed, if one did."""
        if self._failure is not None:
            raise self._failure


@contextmanager
def replacing(path: Path, guard: Guard = nullcontext, keep: Path | None = None) -> Iterator[IO[bytes]]:
    """A file to write to that takes the place of `path` when the block ends well, and vanishes otherwise.

    `keep` becomes the name of the file that was there before.
    """
    # The temporary file lies in the same folder, because a rename is atomic only within one file system.
    # Not by tempfile, whose files only their owner may read.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(MARK // 2)}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with guard():
            if keep is not None and path.exists():
                path.replace(keep)
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


@contextmanager
def saving(path: Path, guard: Guard = nullcontext, keep: Path | None = None) -> Iterator[IO[bytes]]:
    """As `replacing`, for what a run keeps: raises CannotSave, in words, where that raises OSError."""
    counted: Counted | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, guard, keep) as file:
            counted = Counted(file)
            yield cast("IO[bytes]", counted)
            counted.check()
    except OSError as error:
        raise CannotSave(_words(path, error, counted.size if counted else 0)) from error


def sync(folder: Path) -> None:
    """Makes a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _words(path: Path, error: OSError, size: int) -> str:
    if error.errno not in FULL:
        return (
            f"{path} could not be written ({error}). See to it that the folder may be written to, then retry the run. "
            "What was saved before is kept."
        )
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    free = f"{_amount(shutil.disk_usage(folder).free)} is free on the disk of {folder}"
    if error.errno == errno.EDQUOT:
        free += ", of which a quota allows less"
    needs = f"it needs {_amount(size)} and " if size else ""
    return (
        f"{path} could not be written: {needs}{free}. Make room there, then retry the run. "
        "What was saved before is kept."
    )


def _amount(size: int) -> str:
    """1,234,567 bytes as "1.2 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1e3:.1f} kB"
