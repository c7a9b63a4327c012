"""The tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer
from sqlmodel import Field, SQLModel

from app.store.column_types import OPTIONAL_JSON, CurveJson, StatusText, UtcDateTime
from app.store.curve import Point
from app.store.status import RunStatus as RunStatus


def now() -> datetime:
    return datetime.now(UTC)


# Beyond it PostgreSQL's integer ends.
LARGEST_ID = 2**31 - 1
# SQLite would give the id of a deleted newest row to the next one: a link would lead to another run, and a live page
# that knows the old event would miss the new one.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}

# In the middle of 0 to 9, so that a run can be put before the others and behind them.
PRIORITY = 5


def _run_key() -> Column[int]:
    return Column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)


class Run(SQLModel, table=True):
    """One training, from its submission to its result. Accuracies are fractions."""

    # Each in the order of the best accuracy, as lists often ask for them. Those of the settings within `config` are in
    # migration 0005 alone: they are written in the database's own words.
    __table_args__ = (
        *(Index(f"ix_run_{name}_best", name, "best_accuracy") for name in ("architecture", "dataset", "status")),
        NEVER_REUSE_IDS,
    )

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

    # The queue's order: higher priorities first, then smaller places.
    priority: int = PRIORITY
    place: float = Field(default=0.0, index=True)
    # The configuration's device: auto, cpu or cuda; only a worker with a GPU takes the last.
    device_wanted: str = "auto"

    attempt: int = 0
    # Trainings in a row that ended without a word and without a new epoch.
    deaths: int = 0
    # The next attempt takes no notice of the checkpoints that are there.
    start_over: bool = False
    worker: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancel_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pause_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    # What it is doing in words, while that is more than training (downloading a data set, waiting for the broker).
    message: str | None = None
    error: str | None = None
    progress: float = 0.0
    epoch: int = 0
    best_epoch: int | None = None
    best_accuracy: float | None = Field(default=None, index=True)
    # Of the split that chooses the best, by epoch; thinned (app/store/curve.py).
    curve: list[Point] = Field(default_factory=list, sa_type=CurveJson)
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
    # Its newest files in the artifact store: name -> place (app/store/artifacts.py); null without one.
    stored: dict[str, str] | None = Field(default=None, sa_type=OPTIONAL_JSON)
    # Of the best checkpoint on the test split; rows are the true classes.
    confusion: list[list[int]] | None = Field(default=None, sa_type=JSON)

    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # What its attempts took together, as far as they have ended.
    seconds: float | None = None


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
    # No foreign key: that a run was deleted is told after it is gone.
    run_id: int = Field(index=True)
    kind: str
    payload: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Worker(SQLModel, table=True):
    """A worker as it last described itself. Memory in bytes, of its device; utilisation is a fraction."""

    name: str = Field(primary_key=True)
    host: str
    pid: int
    gpu: bool
    device: str
    memory_total: int | None = Field(default=None, sa_type=BigInteger)
    memory_used: int | None = Field(default=None, sa_type=BigInteger)
    utilisation: float | None = None
    run_id: int | None = None
    # Finishes its run and takes no other.
    draining: bool = False
    version: str = ""
    started_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    heartbeat_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
