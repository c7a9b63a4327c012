"""Watches over one claimed run: its process, its events, its lease, and the wish to cancel."""

import logging
import threading
import time
from collections.abc import Callable

from sqlmodel import Session

from app import runs
from app.database import Database
from app.settings import Settings
from trainer.events import Event, Finished
from worker.child import Failure, Order
from worker.patience import Patience
from worker.process import TrainingProcess
from worker.recorder import Recorder, Superseded

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
# How often the wish to stop this worker is looked at.
WAKE_SECONDS = 0.2


class Supervisor:
    """One run's training, from its claim to its last status."""

    def __init__(self, claim: runs.Claim, database: Database, settings: Settings, stopping: threading.Event) -> None:
        self.claim = claim
        self.database = database
        self.stopping = stopping
        self.order = Order(
            config=claim.config,
            data_dir=settings.data_folder,
            run_dir=settings.run_folder(claim.run_id),
            mirror=settings.mirror_url,
            attempt=claim.attempt,
        )
        self.recorder = Recorder(database, claim)
        self.cancel = False
        self.pending: list[Event] = []
        self.finished: Finished | None = None
        self.failure: str | None = None
        self.patience = Patience(stopping)

    def run(self) -> str:
        """Trains and writes down how it ended; returns that in words. Raises nothing but what a bug raises."""
        process = TrainingProcess(self.order)
        log.info("run %d: training in process %s, attempt %d", self.claim.run_id, process.pid, self.claim.attempt)
        try:
            self._watch(process)
            return self._end(process)
        except Superseded:
            return "taken over by another worker; nothing more is written"
        finally:
            process.kill()
            process.close()

    def _watch(self, process: TrainingProcess) -> None:
        beat = time.monotonic()
        while process.alive and not (self.cancel or self.decided or self.stopping.is_set()):
            process.wait(WAKE_SECONDS)
            self._take(process)
            if self.pending:
                self.patience.attempt(self._flush)
            if time.monotonic() >= beat:
                beat = time.monotonic() + HEARTBEAT_SECONDS
                self.patience.attempt(self._beat)

    def _take(self, process: TrainingProcess) -> None:
        for item in process.receive():
            match item:
                case Failure():
                    self.failure = item.message
                case Finished():
                    self.finished = item  # written when the process has let go of the device
                case _:
                    self.pending.append(item)

    def _flush(self) -> None:
        self.recorder.record(self.pending)
        self.pending.clear()

    def _beat(self) -> None:
        with self.database.write() as session:
            if not runs.renew(session, self.claim):
                raise Superseded
            self.cancel = runs.get(session, self.claim.run_id).cancel_requested_at is not None

    @property
    def decided(self) -> bool:
        """Whether the training itself said how it ended."""
        return self.finished is not None or self.failure is not None

    def _end(self, process: TrainingProcess) -> str:
        if self.decided:
            process.join()
        else:
            process.stop()
            self._take(process)
        if self.pending:
            self.patience.insist(self._flush)
        if self.finished is not None:
            results = self.finished
            self.patience.insist(lambda: self.recorder.record([results]))
            return "finished"
        if self.cancel:
            self._write(lambda session: runs.cancelled(session, self.claim))
            return "cancelled"
        if self.failure is None and self.stopping.is_set():
            cause = "its worker was stopped; it goes on from its last finished epoch"
            self._write(lambda session: runs.requeue(session, self.claim, cause))
            return "back in the queue"
        error = self.failure or process.last_words()
        self._write(lambda session: runs.fail(session, self.claim, error))
        return f"failed: {error}"

    def _write(self, change: Callable[[Session], bool]) -> None:
        def write() -> None:
            with self.database.write() as session:
                if not change(session):
                    raise Superseded

        self.patience.insist(write)
