"""Real worker processes on a real broker, and ways to wait for what they do."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import col, select

from app.lifecycle import runs
from app.lifecycle.queue import Messages
from app.settings import Settings
from app.store.database import Database, sqlite
from app.store.migrate import migrate
from app.store.models import Epoch, Event, Run, RunStatus, Step
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
    """The database, the queue, and workers that are started where those before are gone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        migrate(self.database)
        self.messages = Messages(settings.broker)
        self.workers: list[subprocess.Popen[bytes]] = []
        # Process ids of workers that have trained.
        self.warm: set[int] = set()

    @property
    def worker(self) -> subprocess.Popen[bytes]:
        """A living worker, warm if it lived before: most of a start is torch."""
        return self.crew(1)[0]

    def crew(self, count: int) -> list[subprocess.Popen[bytes]]:
        """So many living workers at least."""
        living = [worker for worker in self.workers if worker.poll() is None]
        while len(living) < count:
            living.append(start_worker(self.settings))
            self.workers.append(living[-1])
        return living

    def submit(self, config: RunConfig) -> int:
        assert self.worker
        return self.queue(config)

    def queue(self, config: RunConfig) -> int:
        """Submits without a look at whether anybody is there to train it."""
        with self.database.write() as session:
            run = runs.submit(session, config)
        self.messages.enqueue(run)
        return run.id or 0

    def run(self, run_id: int) -> Run:
        with self.database.read() as session:
            return runs.get(session, run_id)

    def change(self, run_id: int, action: Callable[..., Run]) -> None:
        """One of the actions of app.lifecycle.runs."""
        with self.database.write() as session:
            action(session, run_id)

    def may_write(self) -> bool:
        """Whether nobody else is in the middle of a write; of SQLite, where one excludes all others."""
        file = self.database.url.database
        if not self.database.is_sqlite or not file:
            return True
        connection = sqlite.connect(file, timeout=0.5, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def becomes(self, run_id: int, *statuses: RunStatus) -> Run:
        return until(lambda: run if (run := self.run(run_id)).status in statuses else None)

    def ended(self, run_id: int) -> Run:
        return self.becomes(run_id, RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED)

    def trains(self, run_id: int, epoch: int = 1) -> Run:
        def look() -> Run | None:
            run = self.run(run_id)
            assert not run.status.is_final, f"it was over before epoch {epoch}: {run.status}, {run.error}"
            return run if run.status == RunStatus.RUNNING and run.epoch >= epoch else None

        return until(look)

    def epochs(self, run_id: int) -> list[dict[str, Any]]:
        """The recorded epochs without what depends on the clock."""
        with self.database.read() as session:
            rows = session.exec(select(Epoch).where(Epoch.run_id == run_id).order_by(col(Epoch.epoch)))
            return [row.model_dump(exclude={"run_id", "seconds", "images_per_second"}) for row in rows]

    def steps(self, run_id: int) -> list[dict[str, Any]]:
        with self.database.read() as session:
            rows = session.exec(select(Step).where(Step.run_id == run_id).order_by(col(Step.epoch), col(Step.step)))
            return [row.model_dump(exclude={"run_id"}) for row in rows]

    def events(self, run_id: int) -> list[Event]:
        with self.database.read() as session:
            return list(session.exec(select(Event).where(Event.run_id == run_id).order_by(col(Event.id))))

    def causes(self, run_id: int) -> list[str]:
        """Why the run's status changed, each time."""
        return [event.payload["cause"] for event in self.events(run_id) if event.kind == "status"]

    def files(self, run_id: int) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.settings.run_folder(run_id).iterdir()}

    def worker_ended(self) -> int:
        """The exit code of the worker that was started last, which was told to stop or killed."""
        return self.workers[-1].wait(30)

    def training_pid(self, run_id: int, attempt: int | None = None) -> int:
        """Of the newest attempt, or of this one as soon as there is one."""
        log = self.settings.run_folder(run_id) / "log.txt"
        line = re.compile(rf"Attempt {attempt or '[0-9]+'}, process (\d+)\.")
        return int(until(lambda: log.exists() and line.findall(log.read_text()))[-1])

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
        for worker in self.workers:
            # One that a failed test left stopped has to die as well.
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
            worker.kill()
            worker.wait()
        self.messages.close()
        self.database.close()


def environment_of(settings: Settings) -> dict[str, str]:
    """What makes a process of ours use the same database, broker and folders."""
    stores = {"EPOCHYARD_DATABASE_URL": settings.database_url, "EPOCHYARD_ARTIFACTS_URL": settings.artifacts_url}
    return {
        **os.environ,
        **{name: url for name, url in stores.items() if url},
        "EPOCHYARD_HOME": str(settings.home),
        "EPOCHYARD_DATA_DIR": str(settings.data_folder),
        "EPOCHYARD_LEASE_SECONDS": str(settings.lease_seconds),
        "EPOCHYARD_BROKER_URL": settings.broker,
        "EPOCHYARD_PORT": str(settings.port),
        "OMP_NUM_THREADS": "1",  # threads of several trainings would only wait for each other
    }


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "worker"], env=environment_of(settings))
