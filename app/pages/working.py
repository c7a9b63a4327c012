"""The page of the workers and of the queue that they take runs from."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session, col, select

from app.language.words import gettext as _
from app.lifecycle import queue_order, workers
from app.lifecycle.actions import Actor
from app.lifecycle.refusals import Impossible, UnknownRun
from app.lifecycle.retelling import retold
from app.lifecycle.turns import turns
from app.pages.reading import newest_event, saying, seen
from app.routes.workers import WorkerPublic
from app.store.models import Run, RunStatus
from app.web.dependencies import ActorDep, DatabaseDep, RunId, SessionDep
from app.web.routers import page_router
from app.web.templating import page

router = page_router()

# More than anybody orders by hand.
SHOWN = 50
PAGE = "/workers"


@router.get("/workers")
def show(request: Request, session: SessionDep) -> HTMLResponse:
    return saying(request, "workers.html", **_context(session))


@router.get("/partials/workers")
def refresh(request: Request, session: SessionDep) -> HTMLResponse:
    return page(request, "partials/workers.html", **_context(session))


@router.post("/workers/{name}/drain")
def drain(name: str, database: DatabaseDep, on: Annotated[bool, Form()] = True) -> RedirectResponse:
    with database.write() as session:
        workers.request_drain(session, name, on)
    told = _("%(name)s finishes its run and takes no other.") if on else _("%(name)s takes runs again.")
    return seen(PAGE, told % {"name": name})


@router.post("/queue/{run_id}/move")
def move(run_id: RunId, actor: ActorDep, places: Annotated[int, Form()]) -> RedirectResponse:
    def act() -> Run:
        with actor.database.write() as session:
            return queue_order.move(session, run_id, places)

    return _told(actor, act)


@router.post("/queue/{run_id}/priority")
def prioritise(run_id: RunId, actor: ActorDep, priority: Annotated[int, Form(ge=0, le=9)]) -> RedirectResponse:
    return _told(actor, lambda: actor.one("priority", run_id, priority=priority))


def _told(actor: Actor, act: Callable[[], Run]) -> RedirectResponse:
    """Back to the page, which says where the run is now, or why nothing was changed: it may have started meanwhile."""
    try:
        run = act()
    except (Impossible, UnknownRun) as error:
        return seen(PAGE, retold(str(error)))
    with actor.database.read() as session:
        turn = turns(session, [run]).get(run.id or 0)
    words = _("Run %(id)s has priority %(priority)s and place %(place)s.")
    return seen(PAGE, words % {"id": run.id, "priority": run.priority, "place": turn.position if turn else "–"})


def _context(session: Session) -> dict[str, Any]:
    after = newest_event(session)
    queue = queue_order.waiting(session, SHOWN)
    known = WorkerPublic.each(session)
    busy = [worker.run_id for worker in known]
    training = session.exec(select(Run).where(col(Run.id).in_(busy), Run.status == RunStatus.RUNNING)).all()
    return {
        "after": after,
        "workers": known,
        "training": {run.id: run for run in training},
        "queue": queue,
        "turns": turns(session, queue),
        "more": queue_order.length(session) - len(queue),
    }
