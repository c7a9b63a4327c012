"""Which class a run learned when, as numbers."""

from typing import Annotated

from fastapi import Query

from app.watching.learning import Learning
from app.web.dependencies import RunDep, SessionDep
from app.web.routers import api_router

router = api_router("results", prefix="/api/runs/{run_id}")


@router.get("/learning")
def read_learning(
    run: RunDep,
    session: SessionDep,
    after: Annotated[int, Query(ge=0, le=1000, description="Only the epochs behind this one.")] = 0,
) -> Learning:
    """Hits of each class after each epoch, on the split that chooses."""
    return Learning.of(session, run, after)
