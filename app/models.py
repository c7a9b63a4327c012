"""The tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, Integer, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from app.status import RunStatus as RunStatus


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class StatusText(TypeDecorator[RunStatus]):
    """A status, stored as its word."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Dialect) -> RunStatus | None:
        return None if value is None else RunStatus(value)


def now() -> datetime:
    return datetime.now(UTC)


# SQLite would give the id of a deleted newest row to the next one: a link would lead to another run, and a live page
# that knows the old event would miss the new one.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}

# SQL's null, not JSON's, for what is not there.
OPTIONAL_JSON: Any = JSON(none_as_null=True)


def _run_key() -> Column[int]:
    return Column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)


class Run(SQLModel, table=True):
    """One training, from its submission to its result. Accuracies are fractions."""

    __table_args__ = NEVER_REUSE_IDS

    id: int | None = Field(default=None, primary_key=True)
    status: RunStatus = Field(default=RunStatus.QUEUED, sa_type=StatusText, index=True)
    name: str = ""
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    notes: str = ""
    # The whole RunConfig; the columns below it repeat what lists filter by.
    config: dict[str, Any] = Field(sa_type=JSON)
    architecture: str = Field(index=True)
    dataset: str = Field(index=True)
    permute: bool
    epochs: int
    # Runs launched together (a recipe) share a group.
    group: str | None = Field(default=None, index=True)

    attempt: int = 0
    worker: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancel_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    # What it is doing in words, while that is more than training (downloading a data set, waiting for the broker).
    message: str | None = None
    error: str | None = None
    progress: float = 0.0
    epoch: int = 0
    best_epoch: int | None = None
    best_accuracy: float | None = Field(default=None, index=True)
    test_loss: float | None = None
    test_accuracy: float | None = None
    # Of the last epoch's weights on the same test images, and how many of those only one of the two gets right; null
    # in runs from before it was measured.
    last_test_loss: float | None = None
    last_test_accuracy: float | None = None
    only_best: int | None = None
    only_last: int | None = None
    parameters: int | None = None
    device: str | None = None
    # Facts of the Started event: classes, shape, steps_per_epoch, split sizes, selection, precision, environment.
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    # Of the best checkpoint on the test split; rows are the true classes.
    confusion: list[list[int]] | None = Field(default=None, sa_type=JSON)

    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Epoch(SQLModel, table=True):
    """One finished epoch of a run: the figures of EpochFinished."""

    run_id: int = Field(sa_column=_run_key())
    epoch: int = Field(primary_key=True)
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float
    # On the selection split; read only where a page asks for it.
    confusion: list[list[int]] = Field(sa_type=JSON)


class Step(SQLModel, table=True):
    """One report from within an epoch: the figures of StepLogged."""

    run_id: int = Field(sa_column=_run_key())
    epoch: int = Field(primary_key=True)
    step: int = Field(primary_key=True)
    loss: float
    accuracy: float
    learning_rate: float
    # What an observer saw: by layer, and by residual block; null without one.
    gradient_norms: dict[str, float] | None = Field(default=None, sa_type=OPTIONAL_JSON)
    residual_ratios: dict[str, float] | None = Field(default=None, sa_type=OPTIONAL_JSON)


class Event(SQLModel, table=True):
    """The outbox that live pages follow and a run's history is read from; ids grow in the order of commit."""

    __table_args__ = NEVER_REUSE_IDS

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    run_id: int = Field(sa_column=Column(ForeignKey("run.id", ondelete="CASCADE"), index=True, nullable=False))
    kind: str
    payload: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
