"""Several runs beside each other: their epochs, what differs in their configurations, and their per-class results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from app.comparing.grouping import differing, value
from app.lifecycle.runs import UnknownRun
from app.store.models import Epoch, Run, Step
from app.watching.histories import EpochFigures, rows
from app.watching.results import ClassResult, classes_of, confusion_of

# A run this short is best seen within its epochs; in a longer one the running figures are only restless.
SHORT = 3


@dataclass(frozen=True)
class Comparison:
    """`runs` in the order they were asked for; everything else is keyed by run id."""

    runs: list[Run]
    epochs: Mapping[int, list[EpochFigures]]
    # Of the short runs only.
    steps: Mapping[int, list[Step]]

    @property
    def differing(self) -> dict[str, dict[int, Any]]:
        """Configuration key -> run id -> value, for the keys that are not the same in all runs that they matter to."""
        return {key: {run.id or 0: value(run.config, key) for run in self.runs} for key in differing(self.runs)}

    def seconds(self, run: Run) -> float | None:
        """What its epochs took together: the training alone, whatever it waited in between."""
        rows = self.epochs[run.id or 0]
        return sum(row.seconds for row in rows) if rows else None


def compare(session: Session, ids: Sequence[int]) -> Comparison:
    """The comparison, in three queries however many runs there are. Raises UnknownRun."""
    wanted = list(dict.fromkeys(ids))
    found = {run.id or 0: run for run in session.exec(select(Run).where(col(Run.id).in_(wanted)))}
    for run_id in wanted:
        if run_id not in found:
            raise UnknownRun(run_id)
    runs = [found[run_id] for run_id in wanted]
    epochs = {run_id: list(map(EpochFigures._make, figures)) for run_id, figures in rows(session, wanted).items()}
    return Comparison(runs, epochs, _steps(session, runs))


def class_results(session: Session, runs: Sequence[Run]) -> dict[int, ClassResult]:
    """Of each run by its id: the best checkpoint's on the test split, before the end the newest epoch's."""
    newest = _newest(session, [run.id or 0 for run in runs if not run.confusion])
    return {run.id or 0: classes_of(confusion_of(run, newest.get(run.id or 0))) for run in runs}


def _steps(session: Session, runs: Sequence[Run]) -> dict[int, list[Step]]:
    steps: dict[int, list[Step]] = {run.id or 0: [] for run in runs if run.epochs <= SHORT}
    if not steps:
        return steps
    order = (col(Step.run_id), col(Step.epoch), col(Step.step))
    # What an observer saw is not compared.
    unread = (defer(Step.gradient_norms), defer(Step.residual_ratios))  # type: ignore[arg-type]
    for step in session.exec(select(Step).where(col(Step.run_id).in_(steps)).order_by(*order).options(*unread)):
        steps[step.run_id].append(step)
    return steps


def _newest(session: Session, ids: Sequence[int]) -> dict[int, Epoch]:
    if not ids:
        return {}
    last = select(Epoch.run_id, func.max(col(Epoch.epoch)).label("epoch"))
    newest = last.where(col(Epoch.run_id).in_(ids)).group_by(col(Epoch.run_id)).subquery()
    joined = select(Epoch).join(newest, (col(Epoch.run_id) == newest.c.run_id) & (col(Epoch.epoch) == newest.c.epoch))
    return {epoch.run_id: epoch for epoch in session.exec(joined)}
