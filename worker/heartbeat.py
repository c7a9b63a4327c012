"""Says every few seconds that this worker is there, what it runs and on what; hears whether it is to take no more."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy.exc import DBAPIError

from app.lifecycle import workers
from app.store.database import Database
from app.store.models import now
from worker.device import look
from worker.patience import Patience

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0


class Heartbeat:
    """A thread that goes on through every outage of the database, until it is left."""

    def __init__(self, database: Database, name: str, gpus: list[str], drain: Callable[[bool], None]) -> None:
        """`drain` is told whenever the wish that this worker takes no more runs changes."""
        self.draining = False
        self.gpu = bool(gpus)
        self._database = database
        self._name = name
        self._device = gpus[0] if gpus else None
        self._drain = drain
        self._about = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "gpu": self.gpu,
            "version": _version(),
            "started_at": now(),
        }
        self._run_id: int | None = None
        self._patience = Patience(threading.Event(), outage_seconds=float("inf"))
        self._news, self._leaving = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat_on, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def runs(self, run_id: int | None) -> None:
        """It trains this run now, or none; said without delay."""
        self._run_id = run_id
        self._news.set()

    def leave(self) -> None:
        """The worker ends in order: nobody is to wait for it."""
        self._leaving.set()
        self._news.set()
        self._thread.join()
        with suppress(DBAPIError), self._database.write() as session:
            workers.leave(session, self._name)

    def _beat_on(self) -> None:
        while not self._leaving.is_set():
            self._news.clear()
            try:
                self._patience.attempt(self._beat)
            except Exception:
                log.exception("saying that this worker is there failed; trying again")
            self._news.wait(BEAT_SECONDS)

    def _beat(self) -> None:
        values = self._about | asdict(look(self._device)) | {"run_id": self._run_id}
        with self._database.write() as session:
            draining = workers.beat(session, self._name, **values)
        if draining != self.draining:
            # First, so that it is done again where it cannot be yet.
            self._drain(draining)
            self.draining = draining
            log.info("takes no more runs, as was asked for" if draining else "takes runs again")


def _version() -> str:
    try:
        return version("epochyard")
    except PackageNotFoundError:  # run from its sources
        return ""
