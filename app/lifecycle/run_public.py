"""A run as the API gives it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.language import describe
from app.lifecycle.turns import Turn, turns
from app.statistics import evidence
from app.statistics.optimism import selection
from app.store.models import Run, RunStatus

RUN_EXAMPLE: dict[str, Any] = {
    "id": 7,
    "status": "running",
    "name": "LeNet",
    "tags": ["course"],
    "config": {"architecture": "lenet", "dataset": "mnist", "epochs": 10},
    "progress": 0.35,
    "epoch": 3,
    "epochs": 10,
    "priority": 5,
    "best_epoch": 3,
    "best_accuracy": 0.9862,
    "parameters": 61706,
    "device": "cpu",
}


class RunPublic(BaseModel):
    """A run as others see it. Accuracies are fractions, times are UTC."""

    model_config = ConfigDict(json_schema_extra={"examples": [RUN_EXAMPLE]})

    id: int
    status: RunStatus
    name: str
    tags: list[str]
    notes: str
    group: str | None = Field(description="Shared by runs that were launched together.")
    config: dict[str, Any] = Field(description="The whole configuration, defaults filled in.")
    priority: int = Field(description="0 to 9; runs of a higher one are trained first.")
    queue_position: int | None = Field(description="1 is the next one; null unless it is queued.")
    starts_in_seconds: float | None = Field(
        description="When it is expected to start, from measured epoch times; null when nothing can be said."
    )
    device_wanted: str = Field(description="auto, cpu or cuda; only a worker with a GPU takes the last.")
    progress: float = Field(description="From 0 to 1.")
    epoch: int = Field(description="Epochs that are finished.")
    epochs: int
    best_epoch: int | None
    best_accuracy: float | None = Field(description="On the selection split.")
    test_loss: float | None
    test_accuracy: float | None = Field(description="Of the best checkpoint, tested once at the end.")
    test_interval: tuple[float, float] | None = Field(description="Its 95 % interval (Wilson).")
    parameters: int | None
    device: str | None
    selection: str = Field(
        description="The split that chooses the best checkpoint: validation, or test, which makes its test accuracy "
        "the best of many and so optimistic."
    )
    message: str | None = Field(description="What it is doing, while that is more than training, or waiting for.")
    error: str | None
    attempt: int = Field(description="How many workers have taken it up.")
    deaths: int = Field(
        description="Trainings in a row that ended without a word and without a new epoch; three end it."
    )
    worker: str | None
    cancel_requested_at: datetime | None
    pause_requested_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None = Field(description="What its attempts took together, as far as they have ended.")
    seconds_left: float | None = Field(description="An estimate; null before there is any.")

    @classmethod
    def of(cls, session: Session, run: Run) -> "RunPublic":
        return cls.each(session, [run])[0]

    @classmethod
    def each(cls, session: Session, found: Iterable[Run]) -> "list[RunPublic]":
        """In the same number of queries however many there are."""
        return [cls(**values) for values in cls.values(session, found)]

    @classmethod
    def values(cls, session: Session, found: Iterable[Run]) -> list[dict[str, Any]]:
        """What `each` is made of, unchecked: where it is only sent on, that is a third of the work."""
        listed = list(found)
        queue, names = turns(session, listed), list(cls.model_fields)
        return [cls._values(run, queue.get(run.id or 0), names) for run in listed]

    @staticmethod
    def _values(run: Run, turn: Turn | None, names: Iterable[str]) -> dict[str, Any]:
        known: dict[str, Any] = {
            "selection": selection(run),
            "test_interval": evidence.interval(run),
            "seconds_left": describe.seconds_left(run),
            "queue_position": turn and turn.position,
            "starts_in_seconds": turn and turn.starts_in,
        }
        return {name: known[name] if name in known else getattr(run, name) for name in names}


class RunPage(BaseModel):
    """Some of the runs that were asked for; `next_cursor` leads to the following ones."""

    runs: list[RunPublic]
    next_cursor: str | None
    total: int = Field(description="All that match, on this page or not.")
