"""What a message to the workers sets off: take the run if it is there to be taken, and train it."""

import logging
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from app.lifecycle import runs
from app.lifecycle.claims import Claim
from app.lifecycle.queue import TASK, BrokerDown, Messages, queue_of
from app.settings import Settings
from app.store.database import Database
from app.store.models import Run, RunStatus
from worker import process
from worker.heartbeat import Heartbeat
from worker.supervisor import Supervisor

log = logging.getLogger(__name__)


class Bench:
    """A worker's place of work: takes one run after another until none waits, or until it is to take no more."""

    def __init__(
        self,
        messages: Messages,
        database: Database,
        settings: Settings,
        name: str,
        stopping: threading.Event,
        heartbeat: Heartbeat,
    ) -> None:
        """From here on messages that come by way of `messages` are followed."""
        self.messages = messages
        self.database = database
        self.settings = settings
        self.name = name
        self.stopping = stopping
        self.heartbeat = heartbeat
        messages.celery.task(name=TASK)(self.train_runs)

    def train_runs(self) -> None:
        # A claim that only waits for torch would let its lease lapse, where that takes a cold disk half a minute.
        process.wait_until_warm()
        while not self._closed and (claim := self._take()):
            self.heartbeat.runs(claim.run_id)
            try:
                how = Supervisor(claim, self.database, self.settings, self.stopping).run()
                log.info("run %d: %s", claim.run_id, how)
            except Exception:
                # The lease runs out, and the reaper gives the run to whoever is there.
                log.exception("run %d: this worker lost it", claim.run_id)
            finally:
                self.heartbeat.runs(None)
        if self._closed:
            # Of the run that it was stopped in, above all; where the database is away, the reaper tells later.
            with suppress(DBAPIError), self.database.read() as session:
                self._tell_others(_queues(session))

    @property
    def _closed(self) -> bool:
        return self.stopping.is_set() or self.heartbeat.draining

    def _take(self) -> Claim | None:
        lease = timedelta(seconds=self.settings.lease_seconds)
        with self.database.write() as session:
            claim = runs.claim_next(session, self.name, gpu=self.heartbeat.gpu, lease=lease)
            more = _queues(session) if claim else set()
        # Celery may have handed this worker the message of a run that an idle one could train meanwhile.
        self._tell_others(more)
        return claim

    def _tell_others(self, queues: Iterable[str]) -> None:
        with suppress(BrokerDown):
            for queue in queues:
                self.messages.wake(queue)


def _queues(session: Session) -> set[str]:
    """The queues whose workers could take a run that waits."""
    waiting = select(Run.device_wanted).where(Run.status == RunStatus.QUEUED).distinct()
    return {queue_of(device) for device in session.exec(waiting)}
