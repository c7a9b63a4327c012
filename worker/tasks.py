"""What a message to the workers sets off: take the run if it is there to be taken, and train it."""

import logging
import threading

from celery import Celery

from app import runs
from app.database import Database
from app.queue import TASK
from app.settings import Settings
from worker import process
from worker.supervisor import Supervisor

log = logging.getLogger(__name__)


def register(celery: Celery, database: Database, settings: Settings, name: str, stopping: threading.Event) -> None:
    """Make `celery` a worker called `name`, which takes no new run once `stopping` is set."""

    def train_run(run_id: int) -> None:
        # A claim that only waits for torch would let its lease lapse, where that takes a cold disk half a minute.
        process.wait_until_warm()
        if stopping.is_set():
            return
        with database.write() as session:
            claim = runs.claim(session, run_id, name)
        if claim is None:
            log.info("run %s: nothing to do, it does not wait any more", run_id)
            return
        try:
            log.info("run %d: %s", run_id, Supervisor(claim, database, settings, stopping).run())
        except Exception:
            # The lease runs out, and the reaper gives the run to whoever is there.
            log.exception("run %d: this worker lost it", run_id)

    celery.task(name=TASK)(train_run)
