"""What is on record of a run: its history, log, files and environment, as parts of its page."""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select

from app.lifecycle import history, runs
from app.settings import Settings
from app.store.artifacts import open_file
from app.store.models import Event, Run
from app.watching import run_files
from app.watching.environment import environment
from app.watching.logs import search, tail
from app.web.dependencies import RunId, SessionDep, SettingsDep
from app.web.routers import page_router
from app.web.templating import page

router = page_router("/runs/{run_id:int}/partials")

# Lines of the log that the page shows, and of those that match what is looked for.
TAIL, MATCHES = 100, 500
Text = Annotated[str, Query(max_length=200, description="Only the lines of the log that hold it.")]


@router.get("/record")
def refresh_record(
    request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId, text: Text = ""
) -> HTMLResponse:
    run = runs.get(session, run_id)
    return page(request, "partials/record.html", run=run, **record(session, settings, run, text.strip()))


@router.get("/log")
def refresh_log(
    request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId, text: Text = ""
) -> HTMLResponse:
    run = runs.get(session, run_id)
    return page(request, "partials/log.html", run=run, **_log(settings, run, text.strip()))


def record(session: Session, settings: Settings, run: Run, looked_for: str = "") -> dict[str, Any]:
    """Everything that this part needs; of the log what is looked for, or its end."""
    rest = {"environment": environment(run), "files": run_files.shown(settings, run)}
    return _history(session, run) | _log(settings, run, looked_for) | rest


def _history(session: Session, run: Run) -> dict[str, Any]:
    told = (
        select(Event).where(Event.run_id == run.id, col(Event.kind).in_(history.KINDS)).order_by(col(Event.id).desc())
    )
    events = session.exec(told.limit(100)).all()
    return {"history": [{"created_at": event.created_at, "words": history.happened(event)} for event in events]}


def _log(settings: Settings, run: Run, looked_for: str) -> dict[str, Any]:
    """The end of the log, or the lines with what is looked for."""
    file = open_file(settings, run, "log.txt")
    if not looked_for:
        return {"log": tail(file, TAIL), "looked_for": ""}
    matches = search(file, looked_for, MATCHES)
    return {"log": matches.text, "looked_for": looked_for, "matches": matches, "most": MATCHES}
