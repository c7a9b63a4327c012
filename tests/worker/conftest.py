"""A real worker process on the test session's broker, and ways to wait for what it does."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis

from app import runs
from app.database import Database
from app.models import Run, RunStatus
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
    """The database, the queue, and workers that are gone when the test ends."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.celery = make_celery(settings.broker)
        self.workers: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "EPOCHYARD_HOME": str(self.settings.home),
            "OMP_NUM_THREADS": "1",  # threads of several trainings would only wait for each other
            "EPOCHYARD_BROKER_URL": self.settings.broker,
        }
        self.workers.append(subprocess.Popen([sys.executable, "-m", "worker"], env=environment))
        return self.workers[-1]

    def submit(self, config: RunConfig) -> int:
        with self.database.write() as session:
            run_id = runs.submit(session, config).id
        assert run_id is not None
        enqueue(self.celery, run_id)
        return run_id

    def run(self, run_id: int) -> Run:
        with self.database.read() as session:
            return runs.get(session, run_id)

    def ended(self, run_id: int) -> Run:
        return until(lambda: run if RunStatus((run := self.run(run_id)).status).is_final else None)

    def trains(self, run_id: int, epoch: int = 1) -> Run:
        def look() -> Run | None:
            run = self.run(run_id)
            return run if run.status == RunStatus.RUNNING and run.epoch >= epoch else None

        return until(look)

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
    def until(look: Callable[[], Any]) -> Any:
        return until(look)

    def close(self) -> None:
        for process in self.workers:
            process.kill()
            process.wait()
        self.celery.close()
        self.database.close()


@pytest.fixture
def yard(database: Database, settings: Settings, broker_url: str) -> Iterator[Yard]:
    with redis.Redis(unix_socket_path=broker_url.removeprefix("redis+socket://")) as client:
        client.flushall()
    yard = Yard(database, settings.model_copy(update={"broker_url": broker_url}))
    yield yard
    yard.close()
