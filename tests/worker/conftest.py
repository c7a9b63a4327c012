"""A real worker process on the test session's broker, one for a whole file, and ways to wait for what it does."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
from sqlmodel import col, select

from app import runs
from app.database import Database
from app.migrate import migrate
from app.models import Epoch, Run, RunStatus
from app.queue import enqueue, make_celery
from app.settings import Settings
from trainer.config import RunConfig

T = TypeVar("T")
DEADLINE_SECONDS = 120.0


def until(look: Callable[[], T], seconds: float = DEADLINE_SECONDS) -> T:
    """The first true answer of `look`; fails the test when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.05)
    return answer


class Yard:
    """The database, the queue, and a worker that is started where the one before is gone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        migrate(self.database)
        self.celery = make_celery(settings.broker)
        self._worker: subprocess.Popen[bytes] | None = None

    @property
    def worker(self) -> subprocess.Popen[bytes]:
        """A living worker, warm if it lived before: most of a start is torch."""
        if self._worker is None or self._worker.poll() is not None:
            self._worker = start_worker(self.settings)
        return self._worker

    def submit(self, config: RunConfig) -> int:
        assert self.worker
        with self.database.write() as session:
            run_id = runs.submit(session, config).id
        assert run_id is not None
        enqueue(self.celery, run_id)
        return run_id

    def run(self, run_id: int) -> Run:
        with self.database.read() as session:
            return runs.get(session, run_id)

    def ended(self, run_id: int) -> Run:
        return until(lambda: run if (run := self.run(run_id)).status.is_final else None)

    def trains(self, run_id: int, epoch: int = 1) -> Run:
        def look() -> Run | None:
            run = self.run(run_id)
            return run if run.status == RunStatus.RUNNING and run.epoch >= epoch else None

        return until(look)

    def epochs(self, run_id: int) -> list[dict[str, Any]]:
        """The recorded epochs without what depends on the clock."""
        with self.database.read() as session:
            rows = session.exec(select(Epoch).where(Epoch.run_id == run_id).order_by(col(Epoch.epoch)))
            return [row.model_dump(exclude={"run_id", "seconds", "images_per_second"}) for row in rows]

    def worker_ended(self) -> int:
        """The exit code of a worker that was told to stop or killed."""
        assert self._worker
        return self._worker.wait(30)

    def training_pid(self, run_id: int) -> int:
        log = (self.settings.run_folder(run_id) / "log.txt").read_text()
        return int([line for line in log.splitlines() if "process" in line][-1].rstrip(".").split()[-1])

    @staticmethod
    def is_gone(pid: int) -> bool:
        """Whether the process ended (a zombie did, whether or not anybody asked for its exit code)."""
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
        except OSError:
            return True

    @staticmethod
    def start_another(settings: Settings) -> subprocess.Popen[bytes]:
        return start_worker(settings)

    @staticmethod
    def until(look: Callable[[], Any]) -> Any:
        return until(look)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()
        self.celery.close()
        self.database.close()


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "EPOCHYARD_HOME": str(settings.home),
        "EPOCHYARD_DATA_DIR": str(settings.data_folder),
        "OMP_NUM_THREADS": "1",  # threads of several trainings would only wait for each other
        "EPOCHYARD_BROKER_URL": settings.broker,
    }
    return subprocess.Popen([sys.executable, "-m", "worker"], env=environment)


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Yard]:
    with redis.Redis(unix_socket_path=broker_url.removeprefix("redis+socket://")) as client:
        client.flushall()
    home = tmp_path_factory.mktemp("home")
    # Not a developer's own folder with the real data: a test writes into it.
    yard = Yard(Settings(home=home, data_dir=home / "datasets", broker_url=broker_url))
    yield yard
    yard.close()
