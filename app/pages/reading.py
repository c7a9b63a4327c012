"""What several pages share: the newest event, an accuracy's interval, and where a click leads."""

from typing import Any

from fastapi.responses import RedirectResponse
from sqlalchemy import func
from sqlmodel import Session, col, select

from app import evidence
from app.models import Event, Run
from app.templating import percent


def newest_event(session: Session) -> int:
    """The id after which a page's live events begin. Read before anything else: what comes between is sent again,
    and a chart draws no point twice."""
    return session.exec(select(func.max(col(Event.id)))).one() or 0


def accuracy_interval(run: Run) -> str:
    """The 95 % interval of the best checkpoint's test accuracy; empty before the test."""
    found = evidence.interval(run)
    return f"{percent(found[0])} – {percent(found[1])}" if found else ""


def seen(path: str) -> RedirectResponse:
    """To `path` after a form was sent, so that a reload sends nothing again."""
    return RedirectResponse(path, status_code=303)


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {name: value for name, value in values.items() if value not in ("", None)}
