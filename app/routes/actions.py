"""What can be done to runs: one at a time, or the same to many."""

from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.lifecycle import queue_order, runs
from app.lifecycle.actions import Outcome
from app.lifecycle.run_public import RunPublic
from app.lifecycle.schemas import Priority, RunEdits
from app.lifecycle.submissions import launch
from app.store.models import LARGEST_ID, Run
from app.web.dependencies import ActorDep, DatabaseDep, MessagesDep, RunId, SettingsDep
from app.web.routers import api_router
from trainer.config import ConfigError

router = api_router("actions", prefix="/api/runs")

MOST_AT_ONCE = 1000
FURTHEST = 100_000

StartOver = Annotated[bool, Query(description="Take no notice of its checkpoints and begin at epoch 1.")]


class PriorityChange(BaseModel):
    """How urgent a run is."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"priority": 9}]})

    priority: Priority = Field(description="Runs of a higher one are trained first; 5 is usual.")


class Move(BaseModel):
    """Where a run goes in the queue."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"places": -1}]})

    places: int = Field(ge=-FURTHEST, le=FURTHEST, description="Negative: towards the front, as far as it goes.")


class ManyRuns(BaseModel):
    """One action for many runs. Those that do not allow it stay as they are."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"action": "pause", "ids": [1, 2, 3]}]},
    )

    action: Literal["cancel", "pause", "resume", "retry", "delete", "priority"]
    ids: list[Annotated[int, Field(ge=1, le=LARGEST_ID)]] = Field(min_length=1, max_length=MOST_AT_ONCE)
    priority: Priority | None = Field(None, description="With the action of this name: the new one.")
    start_over: bool = Field(False, description="With retry: take no notice of the checkpoints.")

    def values(self) -> dict[str, int | bool]:
        """What the action needs besides the run. Raises ConfigError."""
        if self.action == "priority" and self.priority is None:
            raise ConfigError({"priority": "is missing; it must be a whole number from 0 to 9"})
        needed: dict[str, dict[str, int | bool]] = {
            "priority": {"priority": self.priority or 0},
            "retry": {"start_over": self.start_over},
        }
        return needed.get(self.action, {})


class OutcomePublic(BaseModel):
    """What became of one of the runs."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 2, "done": False, "reason": "Run 2 is paused already."}]}
    )

    id: int
    done: bool
    reason: str | None = Field(description="Why it was not done, and what would be possible.")

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomePublic":
        return cls(id=outcome.id, done=outcome.done, reason=outcome.reason)


@router.post("/actions")
def act_on_many(wanted: ManyRuns, actor: ActorDep) -> list[OutcomePublic]:
    """Cancel, pause, resume, retry, delete or prioritise up to 1000 runs; one entry each, in the order of `ids`."""
    return [OutcomePublic.of(outcome) for outcome in actor.many(wanted.action, wanted.ids, **wanted.values())]


@router.post("/{run_id}/cancel", status_code=202)
def cancel_run(run_id: RunId, actor: ActorDep) -> RunPublic:
    """Stop a run for good: at once while it waits, within seconds while it is running."""
    return _public(actor.database, actor.one("cancel", run_id))


@router.post("/{run_id}/pause", status_code=202)
def pause_run(run_id: RunId, actor: ActorDep) -> RunPublic:
    """Stop a run to go on later: at once while it is queued; a running one saves a checkpoint at its next step."""
    return _public(actor.database, actor.one("pause", run_id))


@router.post("/{run_id}/resume")
def resume_run(run_id: RunId, actor: ActorDep) -> RunPublic:
    """Put a paused run back to its place in the queue, or let a running one that is to pause go on."""
    return _public(actor.database, actor.one("resume", run_id))


@router.post("/{run_id}/retry")
def retry_run(run_id: RunId, actor: ActorDep, start_over: StartOver = False) -> RunPublic:
    """Queue a failed or cancelled run again, at the end, to go on from its last checkpoint.

    Its curves and files stay until the training begins again.
    """
    return _public(actor.database, actor.one("retry", run_id, start_over=start_over))


@router.put("/{run_id}/priority")
def prioritise_run(run_id: RunId, change: PriorityChange, actor: ActorDep) -> RunPublic:
    """Change the priority of a queued or paused run."""
    return _public(actor.database, actor.one("priority", run_id, priority=change.priority))


@router.post("/{run_id}/move")
def move_run(run_id: RunId, change: Move, database: DatabaseDep) -> RunPublic:
    """Move a queued run in the queue; among runs of another priority it takes theirs."""
    with database.write() as session:
        run = queue_order.move(session, run_id, change.places)
    return _public(database, run)


@router.post("/{run_id}/clone", status_code=201)
def clone_run(
    run_id: RunId,
    database: DatabaseDep,
    messages: MessagesDep,
    settings: SettingsDep,
    response: Response,
    edits: RunEdits | None = None,
) -> RunPublic:
    """Launch a copy of a run with some things changed; name, tags and notes go along, the group does not."""
    with database.read() as session:
        submission = (edits or RunEdits.model_validate({})).of(runs.get(session, run_id))
    (run,) = launch(database, messages, [submission], data_folder=settings.data_folder)
    response.headers["Location"] = f"/api/runs/{run.id}"
    return _public(database, run)


def _public(database: DatabaseDep, run: Run) -> RunPublic:
    with database.read() as session:
        return RunPublic.of(session, run)
