"""Watches over one claimed run: its process, its events, its lease, and the wishes to cancel and to pause."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from sqlmodel import Session

from app.lifecycle import claims, runs
from app.lifecycle.told import Told
from app.settings import Settings
from app.store.database import Database
from trainer.events import Event, Finished
from worker.artifacts import Place, Stored, Sweeper
from worker.child import Failure, Order
from worker.ending import Said, halt
from worker.fence import Fence, FolderHeld
from worker.patience import Patience
from worker.process import TrainingProcess
from worker.recorder import Recorder, Superseded

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
# How often the wish to stop this worker is looked at.
WAKE_SECONDS = 0.2
# A training that is to pause ends its step and saves. With a heartbeat before, and a process to be ended after it, this
# stays below the twelve seconds within which a pause is promised.
PAUSE_SECONDS = 6.0
# Events in one transaction, each several queries: longer ones would keep others waiting, and the lease is renewed when
# they end.
AT_ONCE = 10


class Supervisor:
    """One run's training, from its claim to its next status."""

    def __init__(self, claim: claims.Claim, database: Database, settings: Settings, stopping: threading.Event) -> None:
        self.claim = claim
        self.database = database
        self.stopping = stopping
        self.order = Order(
            config=claim.config,
            data_dir=settings.data_folder,
            run_dir=settings.run_folder(claim.run_id),
            mirror=settings.mirror_url,
            attempt=claim.attempt,
            lease=claim.lease.total_seconds(),
            start_over=claim.start_over,
            place=(place := Place.of(claim, settings)),
        )
        self.sweeper = Sweeper(place) if place else None
        self.recorder = Recorder(database, claim)
        self.patience = Patience(stopping)
        self.pending: list[Event | Stored] = []
        self.said = Said()
        # What people wish, as of the last heartbeat.
        self.cancel = self.pause = False
        # Since when the training has been asked to pause, for that or because this worker is to stop.
        self.asked: float | None = None

    def run(self) -> str:
        """Trains and writes down how it ended; returns that in words. Raises nothing but what a bug raises."""
        try:
            return self._take_folder() or self._train()
        except Superseded:
            if self.sweeper is not None:
                self.sweeper.overtaken()
            return "taken over by another worker; nothing more is written"

    def _take_folder(self) -> str | None:
        """Shuts earlier attempts out of the run's folder; where that cannot be, the run has ended thus."""

        # Within the transaction nobody else can claim the run, so that this never shuts out a later attempt.
        def take(session: Session) -> bool:
            held = claims.renew(session, self.claim)
            if held:
                self.order = replace(self.order, recorded=runs.get(session, self.claim.run_id).epoch)
                Fence(self.order.run_dir, self.claim.attempt).take()
            return held

        try:
            self._write(take)
        except FolderHeld as error:
            return self._die(Told.FOLDER_HELD % {"folder": self.order.run_dir}, str(error))
        except OSError as error:
            return self._fail(Told.FOLDER_LOCKED % {"error": error, "folder": self.order.run_dir})
        return None

    def _train(self) -> str:
        process = TrainingProcess(self.order)
        log.info("run %d: training in process %s, attempt %d", self.claim.run_id, process.pid, self.claim.attempt)
        try:
            self._watch(process)
            self._end(process)
            return self._write_down(process)
        except Superseded:
            process.stop()  # in order, so that it leaves no temporary file where it has no business any more
            raise
        finally:
            process.kill()
            process.close()

    def _watch(self, process: TrainingProcess) -> None:
        """Until it has said how it ends, is dead, or has to be ended."""
        beat = time.monotonic()
        while process.alive and not (self.said.over or self.cancel or self._waited_in_vain):
            process.wait(WAKE_SECONDS)
            self._take(process)
            if self.pending:
                self.patience.attempt(self._flush)
            if time.monotonic() >= beat:
                beat = time.monotonic() + HEARTBEAT_SECONDS
                self.patience.attempt(self._beat)
            process.pause = self._halting
            self.asked = (self.asked or time.monotonic()) if self._halting else None

    def _take(self, process: TrainingProcess) -> None:
        for item in process.receive():
            self.said.hear(item)
            # How it finished is written when the process has let go of the device.
            if not isinstance(item, Failure | Finished):
                self.pending.append(item)

    def _flush(self) -> None:
        some = self.pending[:AT_ONCE]
        self.recorder.record(some)
        stored = [item.files for item in some if isinstance(item, Stored)]
        del self.pending[: len(some)]
        if self.sweeper is not None and stored:
            self.sweeper.recorded(stored[-1])

    def _beat(self) -> None:
        with self.database.write() as session:
            if not claims.renew(session, self.claim):
                raise Superseded
            run = runs.get(session, self.claim.run_id)
            self.cancel = run.cancel_requested_at is not None
            self.pause = run.pause_requested_at is not None

    @property
    def _halting(self) -> bool:
        """Whether the training is to stop where it is, to go on at another time."""
        return self.pause or self.stopping.is_set()

    @property
    def _waited_in_vain(self) -> bool:
        if self.asked is None:
            return False
        # Before its first step there is nothing to save, and nobody who looks whether to pause.
        return not self.said.started or time.monotonic() - self.asked > PAUSE_SECONDS

    def _end(self, process: TrainingProcess) -> None:
        """Returns when nothing of the process is left and all that it said has been heard."""
        # Its end may take most of a short lease.
        self.patience.attempt(self._beat)
        if self.said.over:
            process.join()
        elif self.said.started and not self.cancel:
            process.kill()  # it did not answer, or is dead
        else:
            process.stop()
        self._take(process)

    def _write_down(self, process: TrainingProcess) -> str:
        """How it ended becomes the run's status."""
        while self.pending:
            self.patience.insist(self._flush)
        if self.said.finished is not None:
            results = self.said.finished
            self.patience.insist(lambda: self.recorder.record([results]))
            return "finished"
        if self.cancel:
            self._write(lambda session: runs.cancelled(session, self.claim))
            return "cancelled"
        if self.said.failure is not None:
            return self._fail(self.said.failure)
        if self._halting or self.said.paused is not None:
            stopping = self.stopping.is_set()
            self._write(lambda session: halt(session, self.claim, self.said, stopping=stopping))
            return "stopped, to go on later"
        return self._die(*process.death())

    def _fail(self, error: str) -> str:
        self._write(lambda session: runs.fail(session, self.claim, error))
        return f"failed: {error}"

    def _die(self, cause: str, advice: str) -> str:
        self._write(lambda session: runs.died(session, self.claim, cause, advice) is not None)
        return cause

    def _write(self, change: Callable[[Session], bool]) -> None:
        def write() -> None:
            with self.database.write() as session:
                if not change(session):
                    raise Superseded

        self.patience.insist(write)
