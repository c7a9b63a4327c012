"""Shuts earlier attempts at a run out of its folder: whoever holds an older attempt's number changes nothing there."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.lifecycle.told import Told

NAME = ".attempt"
# Digits, so that a newer number lies exactly on an older one.
WIDTH = 20
# Another process is within the fence for as long as a rename takes.
PATIENCE_SECONDS = 3.0
# Said by file systems without locks. There the number alone has to do, which leaves a gap of one rename.
LOCKLESS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class Overtaken(Exception):
    """A later attempt has this run, or the run is gone."""


class FolderHeld(Exception):
    """Another process does not leave the folder; the message says which folder and what to do."""


class Fence:
    """One attempt's view of a run's folder. Calling it gives a context manager to be held around every change."""

    def __init__(self, folder: Path, attempt: int) -> None:
        self._file = folder / NAME
        self._mark = b"%*d\n" % (WIDTH, attempt)

    def take(self) -> None:
        """From here on every other attempt is shut out. Raises FolderHeld, OSError.

        Only for whoever holds the run, and knows that nobody can claim it meanwhile.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._open(os.O_RDWR | os.O_CREAT) as file:
            self._lock_in_time(file)
            os.pwrite(file, self._mark, 0)
            os.fsync(file)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Nobody takes the folder until the block ends. Raises Overtaken when somebody has."""
        try:
            with self._open(os.O_RDWR) as file:
                _lock(file)
                if os.pread(file, len(self._mark), 0) != self._mark:
                    raise Overtaken
                yield
        except FileNotFoundError:
            if self._file.exists():
                raise
            raise Overtaken from None

    @contextmanager
    def _open(self, flags: int) -> Iterator[int]:
        file = os.open(self._file, flags, 0o644)
        try:
            yield file
        finally:
            os.close(file)  # and gives the lock back

    def _lock_in_time(self, file: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return _lock(file, fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise FolderHeld(Told.END_HOLDER % {"file": self._file}) from None
            time.sleep(0.05)


def _lock(file: int, how: int = 0) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | how)
    except OSError as error:
        if error.errno not in LOCKLESS:
            raise
