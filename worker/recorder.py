"""Turns a training's events into rows, columns of its run and outbox events, all under the run's claim."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, delete, func, or_
from sqlmodel import Session, col, select

from app.lifecycle import claims, runs
from app.store.curve import Point, thinned
from app.store.database import Database
from app.store.models import Epoch, Step, now
from app.store.models import Event as Outbox
from app.store.outbox import tell
from app.watching.layers import grouped
from trainer.events import (
    CheckpointSaved,
    EpochFinished,
    Evaluating,
    Event,
    Finished,
    Paused,
    Preparing,
    Started,
    StepLogged,
)
from worker.artifacts import Stored
from worker.code import code
from worker.log import evaluating, preparing, selection_accuracy

# Progress of a download is told about twice a second; more would only fill the outbox.
PREPARING_SECONDS = 0.5


class Superseded(Exception):
    """The run belongs to another claim by now; nothing was written."""


class Recorder:
    """Writes one claim's events; writing an event twice leaves what writing it once does."""

    def __init__(self, database: Database, claim: claims.Claim) -> None:
        self.database = database
        self.claim = claim
        # Asked here and not within a transaction, which others wait for.
        self._code = code()
        self._steps_per_epoch = 1
        self._accuracies: dict[int, float] = {}
        self._progress = 0.0
        self._told_preparing = ("", -PREPARING_SECONDS)

    def record(self, events: Sequence[Event | Stored]) -> None:
        """Write them in one short transaction. Raises Superseded."""
        with self.database.write() as session:
            # Also the fence: it holds the run's row until the commit.
            self._update(session, lease_until=now() + self.claim.lease)
            for event in events:
                self._record(session, event)

    def _record(self, session: Session, event: Event | Stored) -> None:
        match event:
            case Stored():
                self._update(session, stored=event.files)
            case Preparing():
                self._preparing(session, event)
            case Started():
                self._started(session, event)
            case StepLogged():
                self._step(session, event)
            case Evaluating():
                self._update(session, message=evaluating(event))
                self._tell(session, "evaluating", asdict(event))
            case EpochFinished():
                self._epoch(session, event)
            case CheckpointSaved():
                self._checkpoint(session, event)
            case Paused():
                self._update(session, progress=self._position(event.epoch, event.step) / self.claim.config.epochs)
            case Finished():
                self._finished(session, event)

    def _preparing(self, session: Session, event: Preparing) -> None:
        message, told = self._told_preparing
        complete = event.total > 0 and event.done >= event.total
        if event.message == message and not complete and time.monotonic() - told < PREPARING_SECONDS:
            return
        self._told_preparing = (event.message, time.monotonic())
        self._update(session, message=preparing(event))
        self._tell(session, "preparing", asdict(event))

    def _started(self, session: Session, event: Started) -> None:
        self._steps_per_epoch = event.steps_per_epoch
        self._forget_after(session, event.resumed_epoch, event.resumed_step)
        self._accuracies = _accuracies(session, self.claim.run_id)
        self._progress = 0.0
        facts = asdict(event)
        facts["environment"] |= {"code": self._code}
        self._tell(session, "started", facts)
        self._update(
            session,
            parameters=facts.pop("parameters"),
            device=facts.pop("device"),
            # Fetching the data and earlier attempts tell nothing of how long the rest takes.
            facts=facts | {"began_at": now().isoformat()},
            message=None,
            # The checkpoint may know of later ones: they are told next, or by whoever takes over before that.
            epoch=max(self._accuracies, default=0),
            progress=self._progress_at(event.resumed_epoch + 1, event.resumed_step),
            start_over=False,
            curve=self._curve(),
            **self._best(),
        )

    def _step(self, session: Session, event: StepLogged) -> None:
        known = session.get(Step, (self.claim.run_id, event.epoch, event.step)) is not None
        session.merge(Step(run_id=self.claim.run_id, **asdict(event)))
        position = self._position(event.epoch, event.step)
        progress = self._progress_at(event.epoch, event.step)
        self._update(session, progress=progress)
        if not known:
            self._tell(session, "step", {**_point(event), "progress": progress, "position": position})

    def _epoch(self, session: Session, event: EpochFinished) -> None:
        figures = asdict(event)
        best, confusion = figures.pop("best"), figures.pop("confusion")
        row = Epoch(run_id=self.claim.run_id, confusion=confusion, **figures)
        # A resumed training repeats its newest epoch; pages that follow the run have its point already.
        known = session.get(Epoch, (self.claim.run_id, event.epoch))
        repeated = known is not None and known.model_dump() == row.model_dump()
        session.merge(row)
        self._accuracies[event.epoch] = selection_accuracy(event)
        progress = self._progress_at(event.epoch + 1, 0)
        alive = {"deaths": 0} if known is None else {}
        chosen = self._best()
        self._update(
            session, epoch=event.epoch, progress=progress, curve=self._curve(), message=None, **chosen, **alive
        )
        if not repeated:
            self._tell(session, "epoch", {**figures, "best": best, **chosen, "progress": progress})

    def _checkpoint(self, session: Session, event: CheckpointSaved) -> None:
        payload = {"epoch": event.epoch, "accuracy": event.accuracy}
        told = select(Outbox).where(Outbox.run_id == self.claim.run_id, Outbox.kind == "checkpoint")
        last = session.exec(told.order_by(col(Outbox.id).desc()).limit(1)).first()
        if last is None or last.payload != payload:
            self._tell(session, "checkpoint", payload)

    def _finished(self, session: Session, event: Finished) -> None:
        results = asdict(event)
        confusion = results.pop("confusion")
        self._tell(session, "finished", results)
        if not runs.finish(session, self.claim, confusion=confusion, **results):
            raise Superseded

    def _best(self) -> dict[str, Any]:
        """Of the recorded epochs, as columns of the run; the first of equals, as the trainer counts."""
        found = max(sorted(self._accuracies), key=self._accuracies.__getitem__, default=None)
        return {"best_epoch": found, "best_accuracy": None if found is None else self._accuracies[found]}

    def _curve(self) -> list[Point]:
        return thinned(self._accuracies, self.claim.config.epochs)

    def _position(self, epoch: int, step: int) -> float:
        """After so many steps of an epoch, in epochs."""
        return epoch - 1 + step / self._steps_per_epoch

    def _progress_at(self, epoch: int, step: int) -> float:
        """From 0 to 1; what a resumed training tells again does not take it back."""
        self._progress = max(self._progress, self._position(epoch, step) / self.claim.config.epochs)
        return self._progress

    def _forget_after(self, session: Session, epoch: int, step: int) -> None:
        """What an earlier attempt did beyond the checkpoint, so many steps after an epoch, is done again."""
        later = or_(col(Step.epoch) > epoch + 1, and_(col(Step.epoch) == epoch + 1, col(Step.step) > step))
        session.execute(delete(Epoch).where(col(Epoch.run_id) == self.claim.run_id, col(Epoch.epoch) > epoch))
        session.execute(delete(Step).where(col(Step.run_id) == self.claim.run_id, later))

    def _update(self, session: Session, **values: Any) -> None:
        if not claims.update_claimed(session, self.claim, **values):
            raise Superseded

    def _tell(self, session: Session, kind: str, payload: dict[str, Any]) -> None:
        tell(session, self.claim.run_id, kind, payload)


def _point(event: StepLogged) -> dict[str, Any]:
    """What live charts draw of a report: gradient norms in their groups, and nothing of an observer there is not."""
    point = {name: value for name, value in asdict(event).items() if value is not None}
    if norms := point.pop("gradient_norms", None):
        point["layers"] = grouped(norms)
    return point


def _accuracies(session: Session, run_id: int) -> dict[int, float]:
    """Of the recorded epochs, on the split that chooses the best."""
    accuracy = func.coalesce(Epoch.validation_accuracy, Epoch.test_accuracy)
    known = select(Epoch.epoch, accuracy).where(Epoch.run_id == run_id, accuracy.is_not(None))
    return dict(session.exec(known.order_by(col(Epoch.epoch))).all())
