"""Runs as a resource: launch, list, read, label, cancel, delete."""

import shutil
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app import runs
from app.dependencies import CeleryDep, DatabaseDep, RunDep, RunId, SessionDep, SettingsDep
from app.listing import RunQuery, find
from app.outbox import tell
from app.schemas import LabelChange, RunPage, RunPublic, RunSubmission
from app.submissions import launch

router = APIRouter(prefix="/api/runs", tags=["runs"])


@router.post("", status_code=201)
def launch_run(
    submission: RunSubmission, database: DatabaseDep, celery: CeleryDep, settings: SettingsDep, response: Response
) -> RunPublic:
    """Launch a run. What is left out is the catalogue's default for the architecture and the data set."""
    (run,) = launch(database, celery, [submission], data_folder=settings.data_folder)
    response.headers["Location"] = f"/api/runs/{run.id}"
    return RunPublic.of(run)


@router.get("")
def list_runs(session: SessionDep, query: Annotated[RunQuery, Query()]) -> RunPage:
    """Runs that match every filter, the newest first unless `sort` says otherwise."""
    found = find(session, query)
    return RunPage(runs=[RunPublic.of(run) for run in found.runs], next_cursor=found.next_cursor, total=found.total)


@router.get("/{run_id}")
def read_run(run: RunDep) -> RunPublic:
    """One run as it is now."""
    return RunPublic.of(run)


@router.patch("/{run_id}")
def label_run(run_id: RunId, change: LabelChange, database: DatabaseDep) -> RunPublic:
    """Change name, tags or notes; the training does not notice."""
    with database.write() as session:
        run = runs.get(session, run_id)
        for name, value in change.model_dump(exclude_none=True).items():
            setattr(run, name, value)
        tell(session, run_id, "labels", {"name": run.name, "tags": run.tags, "notes": run.notes})
        return RunPublic.of(run)


@router.delete("/{run_id}", status_code=204)
def delete_run(run_id: RunId, database: DatabaseDep, settings: SettingsDep) -> None:
    """Forget a run that is not running, with its checkpoints, samples and log."""
    with database.write() as session:
        runs.delete(session, run_id)
    shutil.rmtree(settings.run_folder(run_id), ignore_errors=True)


@router.post("/{run_id}/cancel", status_code=202)
def cancel_run(run_id: RunId, database: DatabaseDep) -> RunPublic:
    """Stop a run: at once while it is queued, within seconds while it is running."""
    with database.write() as session:
        return RunPublic.of(runs.request_cancel(session, run_id))
