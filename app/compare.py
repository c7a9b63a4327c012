"""Several runs beside each other: their histories, what differs in their configurations, their classes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app import runs
from app.models import Epoch, Run


@dataclass(frozen=True)
class Comparison:
    """Runs in the order asked for; everything else by run id."""

    runs: Sequence[Run]
    epochs: Mapping[int, Sequence[Epoch]]
    # Settings that are not the same in all runs: name -> run id -> value.
    differing: Mapping[str, Mapping[int, Any]]
    # Test accuracy of the best checkpoint by class; runs that have not been tested are absent.
    classes: Mapping[int, Mapping[str, float]]


def compare(session: Session, ids: Sequence[int]) -> Comparison:
    """Reads everything in two queries, however many runs. Raises UnknownRun."""
    found = {run.id: run for run in session.exec(select(Run).where(col(Run.id).in_(ids)))}
    for run_id in ids:
        if run_id not in found:
            raise runs.UnknownRun(run_id)
    compared = [found[run_id] for run_id in ids]
    epochs: dict[int, list[Epoch]] = defaultdict(list)
    history = select(Epoch).where(col(Epoch.run_id).in_(ids)).order_by(col(Epoch.run_id), col(Epoch.epoch))
    for row in session.exec(history):
        epochs[row.run_id].append(row)
    return Comparison(
        runs=compared,
        epochs={run_id: epochs[run_id] for run_id in ids},
        differing=_differing(compared),
        classes={run.id: class_accuracies(run) for run in compared if run.id and run.confusion},
    )


def class_accuracies(run: Run) -> dict[str, float]:
    """Test accuracy of each class as a fraction; a class without images is absent."""
    names = run.facts.get("classes", ())
    rows = zip(names, run.confusion or (), strict=False)
    return {str(name): row[index] / sum(row) for index, (name, row) in enumerate(rows) if sum(row)}


def _differing(compared: Sequence[Run]) -> dict[str, dict[int, Any]]:
    names = dict.fromkeys(name for run in compared for name in run.config)
    values = {name: {run.id: run.config.get(name) for run in compared if run.id} for name in names}
    return {name: by_run for name, by_run in values.items() if len({repr(value) for value in by_run.values()}) > 1}
