"""Finds the runs that everybody forgot: their worker died, or their message to the workers was lost.

Every web process and every worker does this every few seconds. A message too many is harmless: who comes second finds
nothing to claim.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from app.lifecycle import claims, queue_order, runs, workers
from app.lifecycle.queue import BrokerDown, Messages, queue_of
from app.lifecycle.told import Told
from app.store.database import Database
from app.store.models import Run, RunStatus, now
from app.store.outbox import tell

log = logging.getLogger(__name__)

REAP_SECONDS = 5.0
REAP_TIME = timedelta(seconds=REAP_SECONDS)
# A run this young has its message on the way.
GRACE = timedelta(seconds=5)
NO_GPU = Told.NO_GPU.value


def reap(database: Database, messages: Messages, *, lapsed: bool = True) -> bool:
    """One pass; with the broker or the database down, whatever needs it waits for the next.

    Without `lapsed` the runs of vanished workers are left alone. Returns whether the database answered.
    """
    try:
        lost = _requeue_lapsed(database) if lapsed else []
        _tend_workers(database)
        messages.enqueue(*lost)
        waiting = _waiting(database)
        empty = messages.empty_queues() if waiting else set()
        untold = [run for run in waiting if queue_of(run.device_wanted) in empty]
        messages.enqueue(*untold)
        if untold:
            _clear_messages(database, untold)
    except (BrokerDown, OSError) as error:
        log.debug("the broker does not answer: %s", error)
    except DBAPIError as error:
        log.debug("the database does not answer: %s", error)
        return False
    return True


def reap_forever(database: Database, messages: Messages, stopping: threading.Event) -> None:
    """Passes, the first at once, until `stopping` is set."""
    answered: datetime | None = now()
    while not stopping.is_set():
        # After an outage of the database, or of this machine, whoever lives renews first.
        watched = answered is not None and now() - answered < 3 * REAP_TIME
        try:
            answered = now() if reap(database, messages, lapsed=watched) else None
        except Exception:
            log.exception("looking for forgotten runs failed; trying again")
        stopping.wait(REAP_SECONDS)


def _requeue_lapsed(database: Database) -> list[Run]:
    with database.read() as session:
        lapsed = claims.lapsed(session)
    # A transaction each: one that held several runs could wait for a worker that waits for it.
    return [run for claim in lapsed if (run := _give_back(database, claim))]


def _give_back(database: Database, claim: claims.Claim) -> Run | None:
    """The run, when it waits again."""
    with database.write() as session:
        run = session.get(Run, claim.run_id)
        if run is None or run.lease_until is None or run.lease_until >= now():
            return None  # heard of after all, or gone
        log.warning("run %d: not a word from %s", claim.run_id, run.worker)
        cause = Told.VANISHED % {"worker": run.worker}
        return run if runs.died(session, claim, cause, Told.LOOK_AT_WORKERS) == RunStatus.QUEUED else None


def _tend_workers(database: Database) -> None:
    """Forgets those that are long gone, and says so to runs that wait for one with a GPU where there is none."""
    needs_gpu = (col(Run.status) == RunStatus.QUEUED, col(Run.device_wanted) == "cuda")
    with database.read() as session:
        there = any(worker.gpu for worker in workers.alive(session))
        told, untold = ((*needs_gpu, col(Run.message) == NO_GPU), (*needs_gpu, col(Run.message).is_(None)))
        wrong = told if there else untold
        found = session.exec(select(Run.id).where(*wrong).limit(1)).first() is not None
        old = workers.silent_for_long(session)
    if found or old:
        with database.write() as session:
            workers.forget(session)
            _say(session, wrong, None if there else NO_GPU, Told.GPU_THERE if there else Told.NO_GPU)


def _waiting(database: Database) -> list[Run]:
    with database.read() as session:
        return [run for run in queue_order.waiting(session) if run.created_at < now() - GRACE]


def _clear_messages(database: Database, found: Sequence[Run]) -> None:
    """What they said of the broker is no longer so."""
    if told := [run.id for run in found if run.message not in (None, NO_GPU)]:
        stale = (col(Run.id).in_(told), col(Run.status) == RunStatus.QUEUED, col(Run.message).is_not(None))
        with database.write() as session:
            _say(session, stale, None, Told.BROKER_BACK)


def _say(session: Session, which: Sequence[ColumnElement[bool]], message: str | None, cause: str) -> None:
    """Change what these runs say they wait for; open pages hear of it. Who comes second finds none any more."""
    changed = update(Run).where(*which).values(message=message).returning(col(Run.id))
    for run_id in session.connection().scalars(changed).all():
        tell(session, run_id or 0, "queue", {"cause": cause})
