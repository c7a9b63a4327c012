"""What several pages share: the newest event, an accuracy's interval, where a click leads and what is said there."""

from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import func
from sqlmodel import Session, col, select

from app.language.formats import percent
from app.statistics import evidence
from app.store.models import Event, Run
from app.web.templating import page

# A cookie that the next page reads once: an address with the words in it could be anybody's.
SAID = "said"
SAID_SECONDS = 30
# Browsers drop cookies beyond 4 kB, and a letter may take nine of them.
SAID_LENGTH = 400


def newest_event(session: Session) -> int:
    """The id after which a page's live events begin. Read before anything else: what comes between is sent again,
    and a chart draws no point twice."""
    return session.exec(select(func.max(col(Event.id)))).one() or 0


def accuracy_interval(run: Run) -> str:
    """The 95 % interval of the best checkpoint's test accuracy; empty before the test."""
    found = evidence.interval(run)
    return f"{percent(found[0])} – {percent(found[1])}" if found else ""


def seen(path: str, said: str = "") -> RedirectResponse:
    """To `path` after a form was sent, so that a reload sends nothing again; the page there says `said`."""
    response = RedirectResponse(path, status_code=303)
    if said:
        words = quote(said if len(said) <= SAID_LENGTH else f"{said[:SAID_LENGTH]}…")
        response.set_cookie(SAID, words, max_age=SAID_SECONDS, httponly=True, samesite="strict")
    return response


def saying(request: Request, name: str, **context: Any) -> HTMLResponse:
    """The template `name` with what `seen` had to say, once, as `said`."""
    said = unquote(request.cookies.get(SAID, ""))
    response = page(request, name, said=said, **context)
    if said:
        response.delete_cookie(SAID)
    return response


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {name: value for name, value in values.items() if value not in ("", None)}
