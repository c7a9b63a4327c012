"""Appends what happened to the event table, in the same transaction as the change itself."""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from app.store.models import Event

# Any number of our own: writers of events take turns on it, so that ids become visible in the order they grow.
POSTGRES_LOCK = 0x45504F43


def tell(session: Session, run_id: int, kind: str, payload: dict[str, Any]) -> None:
    """Append one event; live pages see it when the caller's transaction commits."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POSTGRES_LOCK})
    session.add(Event(run_id=run_id, kind=kind, payload=payload))
    session.flush()
