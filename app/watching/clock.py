"""When each report of a run came, in seconds since its training began: what a chart over wall time needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from app.store.models import Event, Run


@dataclass(frozen=True)
class Clock:
    """`began` is when the training, with its first epoch, began; None before it and in a history that was brought
    along without its events. A pause is part of the time."""

    began: datetime | None = None
    # The moment of each epoch's end, and of each step report by its epoch and step.
    epochs: Mapping[int, float] = field(default_factory=dict)
    steps: Mapping[tuple[int, int], float] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, run: Run) -> "Clock":
        """From the run's events; what was told twice counts when it was told last."""
        # Of a payload only these: an observed run's reports hold a figure of every layer.
        keys = ("epoch", "step", "resumed_epoch", "resumed_step")
        numbers = [col(Event.payload)[key].as_integer() for key in keys]
        told = select(col(Event.kind), col(Event.created_at), *numbers)
        of_run = told.where(col(Event.run_id) == run.id, col(Event.kind).in_(("started", "epoch", "step")))
        began: datetime | None = None
        epochs: dict[int, float] = {}
        steps: dict[tuple[int, int], float] = {}
        for kind, at, epoch, step, resumed_epoch, resumed_step in session.exec(of_run.order_by(col(Event.id))):
            if kind == "started":
                began = began if began and (resumed_epoch or resumed_step) else at
            elif began is not None and kind == "epoch":
                epochs[epoch] = (at - began).total_seconds()
            elif began is not None:
                steps[epoch, step] = (at - began).total_seconds()
        return cls(began, epochs, steps)
