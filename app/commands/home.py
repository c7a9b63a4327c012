"""The home folder: writable, and of one `epochyard up` alone."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.commands.terminal import MISUSED, give_up
from app.settings import Settings
from app.store.filesystems import OnNetwork, refuse_network


def check_home(settings: Settings) -> None:
    """Make the folder where it is missing; ends the command where nothing, or no SQLite database, can be written."""
    home = settings.home_folder
    backend, _, file = settings.database.partition(":///")
    try:
        if file and backend.startswith("sqlite"):
            refuse_network(Path(file))
    except OnNetwork as error:
        give_up(str(error), MISUSED)
    try:
        home.mkdir(parents=True, exist_ok=True)
        # Permission bits tell nothing of a read-only file system.
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        give_up(f"Cannot use the folder {home} ({error}). Let EPOCHYARD_HOME name one you may write to.", MISUSED)


@contextmanager
def home_of_our_own(settings: Settings) -> Iterator[None]:
    """Holds the home folder against a second `up`, whose broker would write the same files."""
    check_home(settings)
    with (settings.home_folder / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            give_up(
                f"Another `epochyard up` (process {file.read().strip() or 'unknown'}) uses {settings.home_folder}. "
                "Stop it, or let EPOCHYARD_HOME name another folder.",
                MISUSED,
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
