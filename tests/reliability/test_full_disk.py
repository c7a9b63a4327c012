"""The disk with the database, the checkpoints and the logs is full: nothing is damaged, and the run goes on later."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database, sqlite
from app.store.models import RunStatus
from tests.trainer.bits import kept_alike
from tests.worker.yard import Yard, until
from trainer.config import RunConfig

# Two checkpoints of 0.7 MB, and epochs long enough that the disk fills up between them.
CONFIG = RunConfig(architecture="lenet", dataset="digits", epochs=12, batch_size=2, learning_rate=0.001)
PAGE = 4096


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Yard]:
    """Everything on a file system of sixteen megabytes, but for the data set."""
    folder = tmp_path_factory.mktemp("full")
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yard = Yard(Settings(home=disk, data_dir=folder / "datasets", broker_url=broker_url))
        yield yard
        yard.close()
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.fixture(scope="module")
def whole(yard: Yard) -> int:
    """The run as it is where there is always room."""
    return yard.submit(CONFIG)


def emptied(database: Database) -> bool:
    """Whether the write-ahead log has given its room back; within that which it has, writes go on on a full disk."""
    with closing(sqlite.connect(database.url.database, isolation_level=None)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def fill(disk: Path, left: int) -> Path:
    """Takes all room but so many bytes; removing the file gives it back."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        found = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, max(PAGE, found.f_bavail * found.f_frsize - left))
    return filler


@pytest.mark.parametrize("left", [400_000, 0], ids=["no room for a checkpoint", "no room at all"])
def test_a_full_disk_fails_the_run_in_words_and_costs_neither_database_nor_checkpoint(
    yard: Yard, whole: int, left: int
) -> None:
    assert yard.ended(whole).status == RunStatus.FINISHED
    run_id = yard.submit(CONFIG)
    yard.trains(run_id, 2)
    until(lambda: emptied(yard.database))
    filler = fill(yard.settings.home, left)
    if left:
        run = yard.ended(run_id)
    else:
        # Nobody can write down that it failed, before there is room again.
        pid = yard.training_pid(run_id)
        until(lambda: yard.is_gone(pid))
        assert yard.run(run_id).status == RunStatus.RUNNING
        filler.unlink()
        run = yard.ended(run_id)
    assert run.status == RunStatus.FAILED and run.error
    assert "could not be written" in run.error and str(yard.settings.run_folder(run_id)) in run.error
    assert "it needs" in run.error and "is free" in run.error
    with yard.database.read() as session:
        assert session.connection().execute(text("PRAGMA integrity_check")).scalar() == "ok"
    recorded = len(yard.epochs(run_id))
    assert recorded >= 2
    filler.unlink(missing_ok=True)
    yard.change(run_id, runs.retry)
    yard.messages.enqueue(yard.run(run_id))
    assert yard.ended(run_id).status == RunStatus.FINISHED
    assert yard.epochs(run_id) == yard.epochs(whole) and len(yard.epochs(run_id)) == CONFIG.epochs
    assert kept_alike(*(yard.settings.run_folder(number) for number in (run_id, whole)))
    log = (yard.settings.run_folder(run_id) / "log.txt").read_text()
    assert "resumed after epoch" in log
