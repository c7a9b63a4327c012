"""Finds the runs that everybody forgot: their worker died, or their message to the workers was lost.

Every web process and every worker does this every few seconds. A message too many is harmless: who comes second finds
nothing to claim.
"""

import logging
import threading
from datetime import timedelta

from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from app import runs
from app.database import Database
from app.models import Run, RunStatus, now
from app.queue import BrokerDown, enqueue

log = logging.getLogger(__name__)

REAP_SECONDS = 5.0
# A run this young has its message on the way.
GRACE = timedelta(seconds=5)


def reap(database: Database, celery: Celery) -> None:
    """One pass; with the broker or the database down, whatever needs it waits for the next."""
    try:
        for run_id in _requeue_lapsed(database):
            enqueue(celery, run_id)
        waiting = _waiting(database)
        if waiting and _queue_is_empty(celery):
            for run_id in waiting:
                enqueue(celery, run_id)
            _clear_messages(database, waiting)
    except (BrokerDown, OperationalError, OSError) as error:
        log.debug("the broker does not answer: %s", error)
    except DBAPIError as error:
        log.debug("the database does not answer: %s", error)


def reap_forever(database: Database, celery: Celery, stopping: threading.Event) -> None:
    """Passes, the first at once, until `stopping` is set."""
    while not stopping.is_set():
        try:
            reap(database, celery)
        except Exception:
            log.exception("looking for forgotten runs failed; trying again")
        stopping.wait(REAP_SECONDS)


def _requeue_lapsed(database: Database) -> list[int]:
    with database.read() as session:
        if not runs.lapsed(session):
            return []
    with database.write() as session:
        return [claim.run_id for claim in runs.lapsed(session) if _give_back(session, claim)]


def _give_back(session: Session, claim: runs.Claim) -> bool:
    run = runs.get(session, claim.run_id)
    if run.cancel_requested_at is not None:
        runs.cancelled(session, claim)
        return False
    log.warning("run %d: not a word from %s; back in the queue", claim.run_id, run.worker)
    return runs.requeue(session, claim, f"{run.worker} was not heard of any more; it goes on from its last checkpoint")


def _waiting(database: Database) -> list[int]:
    with database.read() as session:
        statement = select(Run.id).where(Run.status == RunStatus.QUEUED, col(Run.created_at) < now() - GRACE)
        return [run_id for run_id in session.exec(statement.order_by(col(Run.id))) if run_id is not None]


def _queue_is_empty(celery: Celery) -> bool:
    """Whether no message waits for a worker. Raises OperationalError."""
    with celery.connection_for_write(transport_options=celery.conf.broker_transport_options) as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
        with connection.channel() as channel:
            return int(channel.client.llen(celery.conf.task_default_queue)) == 0


def _clear_messages(database: Database, run_ids: list[int]) -> None:
    """What they said of the broker is no longer so."""
    stale = update(Run).where(col(Run.id).in_(run_ids), col(Run.status) == RunStatus.QUEUED)
    with database.write() as session:
        session.connection().execute(stale.where(col(Run.message).is_not(None)).values(message=None))
