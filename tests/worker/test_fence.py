"""A run's folder belongs to its newest attempt."""

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from worker import fence
from worker.fence import Fence, FolderHeld, Overtaken

HOLD = "import sys, fcntl; file = open(sys.argv[1], 'r+'); fcntl.flock(file, fcntl.LOCK_EX); print(flush=True); input()"


def test_whoever_has_the_folder_may_change_it(tmp_path: Path) -> None:
    mine = Fence(tmp_path / "run", 7)
    mine.take()
    with mine():
        (tmp_path / "run" / "file").touch()


def test_an_earlier_attempt_is_shut_out(tmp_path: Path) -> None:
    earlier, later = Fence(tmp_path, 9), Fence(tmp_path, 10)
    earlier.take()
    later.take()
    with pytest.raises(Overtaken), earlier():
        pytest.fail("it was let in")
    with later():
        pass


def test_what_an_attempt_has_begun_is_waited_for(tmp_path: Path) -> None:
    earlier, later = Fence(tmp_path, 1), Fence(tmp_path, 2)
    earlier.take()
    taking = threading.Thread(target=later.take)
    with earlier():
        taking.start()
        time.sleep(0.1)
        assert taking.is_alive()
    taking.join(5)
    assert not taking.is_alive()


def test_a_process_that_never_leaves_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "PATIENCE_SECONDS", 0.1)
    Fence(tmp_path, 1).take()
    command = [sys.executable, "-c", HOLD, str(tmp_path / fence.NAME)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline()
        with pytest.raises(FolderHeld, match=str(tmp_path)):
            Fence(tmp_path, 2).take()
        other.kill()
    Fence(tmp_path, 2).take()


def test_a_run_that_was_deleted_belongs_to_nobody(tmp_path: Path) -> None:
    mine = Fence(tmp_path / "run", 1)
    mine.take()
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(Overtaken), mine():
        pytest.fail("it was let in")


def test_a_folder_from_another_life_is_taken_although_its_number_is_higher(tmp_path: Path) -> None:
    Fence(tmp_path, 5).take()
    Fence(tmp_path, 1).take()
    with Fence(tmp_path, 1)():
        pass
