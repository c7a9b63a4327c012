"""Runs as a resource: launch, list, read, label, delete."""

from typing import Annotated

from fastapi import Query, Response

from app.lifecycle import runs
from app.lifecycle.run_public import RunPage, RunPublic
from app.lifecycle.schemas import LabelChange, RunSubmission
from app.lifecycle.submissions import launch
from app.store.models import Run
from app.store.outbox import tell
from app.table.listing import RunQuery, find
from app.web.answers import Plain
from app.web.dependencies import ActorDep, DatabaseDep, MessagesDep, RunDep, RunId, SessionDep, SettingsDep
from app.web.routers import api_router

router = api_router("runs", prefix="/api/runs")

# The columns of the table that an entry of the list is made of.
NEEDED = {name for name in RunPublic.model_fields if name in Run.model_fields} | {"facts"}


@router.post("", status_code=201)
def launch_run(
    submission: RunSubmission, database: DatabaseDep, messages: MessagesDep, settings: SettingsDep, response: Response
) -> RunPublic:
    """Launch a run. What is left out is the catalogue's default for the architecture and the data set."""
    (run,) = launch(database, messages, [submission], data_folder=settings.data_folder)
    response.headers["Location"] = f"/api/runs/{run.id}"
    with database.read() as session:
        return RunPublic.of(session, run)


@router.get("", response_model=RunPage)
def list_runs(session: SessionDep, query: Annotated[RunQuery, Query()]) -> Response:
    """Runs that match every filter, the newest first unless `sort` says otherwise."""
    found = find(session, query, only=NEEDED)
    # As they are: rows were checked when they were written.
    page = {"runs": RunPublic.values(session, found.runs), "next_cursor": found.next_cursor, "total": found.total}
    return Plain(page)


@router.get("/{run_id}")
def read_run(run: RunDep, session: SessionDep) -> RunPublic:
    """One run as it is now."""
    return RunPublic.of(session, run)


@router.patch("/{run_id}")
def label_run(run_id: RunId, change: LabelChange, database: DatabaseDep) -> RunPublic:
    """Change name, tags or notes; the training does not notice."""
    with database.write() as session:
        run = runs.get(session, run_id)
        for name, value in change.model_dump(exclude_none=True).items():
            setattr(run, name, value)
        tell(session, run_id, "labels", {"name": run.name, "tags": run.tags, "notes": run.notes})
        return RunPublic.of(session, run)


@router.delete("/{run_id}", status_code=204)
def delete_run(run_id: RunId, actor: ActorDep) -> None:
    """Forget a run that is not running, with its checkpoints, samples and log."""
    actor.one("delete", run_id)
