"""Files that are there whole or not at all, even when the machine stops in the middle of a write."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from trainer.errors import CannotSave


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that takes the place of `path` when the block ends well, and vanishes otherwise."""
    # The temporary file lies in the same folder, because a rename is atomic only within one file system.
    # Not by tempfile, whose files only their owner may read.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def saving(path: Path) -> Iterator[IO[bytes]]:
    """As `replacing`, for what a run keeps: raises CannotSave, in words, where that raises OSError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            yield file
    except OSError as error:
        raise CannotSave(
            f"{path} could not be written ({error}). Make room, or see to it that the folder may be written to, and "
            "launch the run again. What was saved before is kept."
        ) from error


def _sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
