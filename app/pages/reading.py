"""What several pages read: a door to the database, the newest event, and where a click leads."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import func
from sqlmodel import Session, col, select

from app.models import Event
from app.settings import Settings


def _read(request: Request) -> Iterator[Session]:
    with request.app.state.database.read() as session:
        yield session


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


ReadDep = Annotated[Session, Depends(_read)]
SettingsDep = Annotated[Settings, Depends(_settings)]


def newest_event(session: Session) -> int:
    """The id after which a page's live events begin. Read before anything else: what comes between is sent again,
    and a chart draws no point twice."""
    return session.exec(select(func.max(col(Event.id)))).one() or 0


def seen(path: str) -> RedirectResponse:
    """To `path` after a form was sent, so that a reload sends nothing again."""
    return RedirectResponse(path, status_code=303)


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {name: value for name, value in values.items() if value not in ("", None)}
