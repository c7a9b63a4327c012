"""The workers there are, as they last described themselves, and the wish that one takes no more runs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.store.models import Worker, now

# A worker says every few seconds that it is there; after this long without a word it is not.
SILENCE = timedelta(seconds=15)
# One that ended without saying so is remembered this long.
MEMORY = timedelta(days=1)


class UnknownWorker(LookupError):
    """No worker has this name; the message lists those that there are."""


def beat(session: Session, name: str, **values: Any) -> bool:
    """Say that this worker is there, and what has changed; whether it is to take no more runs.

    A worker that is not known, or not any more, needs all columns that have no default.
    """
    values["heartbeat_at"] = now()
    changed = update(Worker).where(col(Worker.name) == name).values(**values)
    if session.connection().execute(changed).rowcount == 0:
        session.add(Worker(name=name, **values))
    return session.exec(select(Worker.draining).where(Worker.name == name)).one()


def leave(session: Session, name: str) -> None:
    """This worker has ended in order."""
    session.connection().execute(delete(Worker).where(col(Worker.name) == name))


def silent_for_long(session: Session) -> bool:
    """Whether there are any to forget."""
    return (
        session.exec(select(Worker.name).where(col(Worker.heartbeat_at) < now() - MEMORY).limit(1)).first() is not None
    )


def forget(session: Session) -> None:
    """Remove those that nobody has heard of for long."""
    session.connection().execute(delete(Worker).where(col(Worker.heartbeat_at) < now() - MEMORY))


def alive(session: Session) -> Sequence[Worker]:
    """The workers that were heard of lately, by name."""
    heard = col(Worker.heartbeat_at) > now() - SILENCE
    return session.exec(select(Worker).where(heard).order_by(col(Worker.name))).all()


def request_drain(session: Session, name: str, on: bool) -> Worker:
    """Let a worker finish its run and take no other, or take runs again. Raises UnknownWorker."""
    worker = session.get(Worker, name)
    if worker is None:
        known = ", ".join(session.exec(select(Worker.name).order_by(col(Worker.name)))) or "none"
        raise UnknownWorker(f"There is no worker {name!r}; known are {known}.")
    worker.draining = on
    session.add(worker)
    return worker
