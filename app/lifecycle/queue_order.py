"""Which run is next: higher priorities first, then smaller places; and how a waiting run changes its turn."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from app.lifecycle.refusals import UnknownRun, impossible
from app.lifecycle.told import Told
from app.store.models import Run, RunStatus
from app.store.outbox import tell

ORDER = (col(Run.priority).desc(), col(Run.place), col(Run.id))


def waiting(session: Session, limit: int | None = None) -> Sequence[Run]:
    """The queued runs, or the first of them, the next one first."""
    return session.exec(select(Run).where(Run.status == RunStatus.QUEUED).order_by(*ORDER).limit(limit)).all()


def length(session: Session) -> int:
    """How many runs are queued."""
    return session.exec(select(func.count()).where(Run.status == RunStatus.QUEUED)).one()


def last_place(session: Session) -> float:
    """The largest place that was ever given."""
    return session.exec(select(func.max(Run.place))).one() or 0.0


def prioritise(session: Session, run_id: int, priority: int) -> Run:
    """Give a queued or paused run another priority, 0 to 9. Raises UnknownRun, Impossible."""
    statuses = (RunStatus.QUEUED, RunStatus.PAUSED)
    return _reorder(session, run_id, "prioritise", statuses, Told.PRIORITY % {"priority": priority}, priority=priority)


def move(session: Session, run_id: int, places: int) -> Run:
    """Move a queued run so many places towards the front (negative) or the end of the queue, as far as it goes.

    Among runs of another priority it takes theirs, or it would not stay there. Raises UnknownRun, Impossible.
    """
    others = list(waiting(session))
    here = next((index for index, run in enumerate(others) if run.id == run_id), None)
    if here is None:
        return _reorder(session, run_id, "move", (), "")
    run = others.pop(here)
    there = min(max(here + places, 0), len(others))
    if there == here:
        return run
    before, after = ([None, *others, None][there + side] for side in (0, 1))
    passed = after if places < 0 else before
    assert passed is not None
    peers = [run.place for run in (before, after) if run is not None and run.priority == passed.priority]
    place = sum(peers) / 2 if len(peers) == 2 else passed.place + (-1 if places < 0 else 1)
    words = Told.MOVED % {"place": there + 1, "count": len(others) + 1}
    return _reorder(session, run_id, "move", [RunStatus.QUEUED], words, priority=passed.priority, place=place)


def _reorder(
    session: Session, run_id: int, action: str, statuses: Sequence[RunStatus], words: str, **values: Any
) -> Run:
    run = session.get(Run, run_id)
    if run is None:
        raise UnknownRun(run_id)
    waits = update(Run).where(col(Run.id) == run_id, col(Run.status).in_(statuses))
    if not statuses or session.connection().execute(waits.values(**values)).rowcount != 1:
        raise impossible(run, action)
    tell(session, run_id, "queue", {"cause": words, **values})
    session.refresh(run)
    return run
