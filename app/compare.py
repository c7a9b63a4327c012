"""Several runs beside each other: their epochs, what differs in their configurations, and their per-class results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from app.models import Epoch, Run, Step
from app.results import ClassResult, classes_of, confusion_of
from app.runs import UnknownRun
from trainer.config import FIELDS


@dataclass(frozen=True)
class Comparison:
    """`runs` in the order they were asked for; everything else is keyed by run id."""

    runs: list[Run]
    epochs: dict[int, list[Epoch]]
    steps: dict[int, list[Step]]
    # Configuration key -> run id -> value, for the keys that are not the same in all.
    differing: dict[str, dict[int, Any]]
    classes: dict[int, ClassResult]


def compare(session: Session, ids: Sequence[int]) -> Comparison:
    """The comparison, in four queries however many runs there are. Raises UnknownRun."""
    wanted = list(dict.fromkeys(ids))
    found = {_id(run): run for run in session.exec(select(Run).where(col(Run.id).in_(wanted)))}
    for run_id in wanted:
        if run_id not in found:
            raise UnknownRun(run_id)
    runs = [found[run_id] for run_id in wanted]
    newest = _newest(session, wanted)
    classes = {_id(run): classes_of(confusion_of(run, None if run.confusion else newest.get(_id(run)))) for run in runs}
    return Comparison(runs, _epochs(session, wanted), _steps(session, wanted), _differing(runs), classes)


def _epochs(session: Session, ids: Sequence[int]) -> dict[int, list[Epoch]]:
    # Confusion matrices are most of an epoch's bytes, and only the newest one's is shown.
    statement = select(Epoch).where(col(Epoch.run_id).in_(ids)).order_by(col(Epoch.run_id), col(Epoch.epoch))
    epochs: dict[int, list[Epoch]] = {run_id: [] for run_id in ids}
    for epoch in session.exec(statement.options(defer(Epoch.confusion))):  # type: ignore[arg-type]
        epochs[epoch.run_id].append(epoch)
    return epochs


def _steps(session: Session, ids: Sequence[int]) -> dict[int, list[Step]]:
    order = (col(Step.run_id), col(Step.epoch), col(Step.step))
    steps: dict[int, list[Step]] = {run_id: [] for run_id in ids}
    # What an observer saw is not compared.
    unread = (defer(Step.gradient_norms), defer(Step.residual_ratios))  # type: ignore[arg-type]
    for step in session.exec(select(Step).where(col(Step.run_id).in_(ids)).order_by(*order).options(*unread)):
        steps[step.run_id].append(step)
    return steps


def _newest(session: Session, ids: Sequence[int]) -> dict[int, Epoch]:
    last = select(Epoch.run_id, func.max(col(Epoch.epoch)).label("epoch"))
    newest = last.where(col(Epoch.run_id).in_(ids)).group_by(col(Epoch.run_id)).subquery()
    joined = select(Epoch).join(newest, (col(Epoch.run_id) == newest.c.run_id) & (col(Epoch.epoch) == newest.c.epoch))
    return {epoch.run_id: epoch for epoch in session.exec(joined)}


def _differing(runs: Sequence[Run]) -> dict[str, dict[int, Any]]:
    differing = {}
    for key in FIELDS:
        # A run of an older version, which did not know the setting, did what is now its default.
        values = {_id(run): run.config.get(key, FIELDS[key].default) for run in runs}
        if any(value != next(iter(values.values())) for value in values.values()):
            differing[key] = values
    return differing


def _id(run: Run) -> int:
    return run.id or 0
