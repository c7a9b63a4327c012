"""Which class a run learned when: a part of its page that is asked for when somebody opens it."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.lifecycle import runs
from app.store.models import Epoch
from app.watching.learning import Learning
from app.watching.learning_charts import classes_of_epoch, curves_of_classes
from app.web.dependencies import RunId, SessionDep
from app.web.routers import page_router
from app.web.templating import page

router = page_router("/runs/{run_id:int}/partials/learning")


@router.get("")
def show(request: Request, session: SessionDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    learning = Learning.of(session, run)
    newest = session.get(Epoch, (run_id, learning.epochs[-1])) if learning.epochs else None
    figures = {
        "curves": curves_of_classes(run, learning),
        "classes": classes_of_epoch(learning, newest.confusion if newest else []),
    }
    return page(request, "partials/learning.html", run=run, learning=learning, figures=figures)
