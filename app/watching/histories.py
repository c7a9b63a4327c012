"""The epochs of one run or of many as plain rows: a chart waits for thousands of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, inspect
from sqlmodel import Session, select

from app.lifecycle.runs import UnknownRun
from app.store.models import Epoch, Run


class EpochFigures(NamedTuple):
    """An epoch's row without its confusion matrix. Thousands are read for one page: plain tuples are a tenth of the
    work of as many objects that the session keeps an eye on."""

    run_id: int
    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float


# As results.EpochPublic has them.
FIGURES = EpochFigures._fields[1:]
STORED = inspect(Epoch).columns
IDS = inspect(Run).columns.id
# Made once: SQLAlchemy takes longer to put it together than SQLite to answer it.
ROWS = (
    select(*(STORED[name] for name in EpochFigures._fields))
    .where(STORED.run_id.in_(bindparam("runs", expanding=True)))
    .order_by(STORED.run_id, STORED.epoch)
)

History = list[dict[str, Any]]


def rows(session: Session, ids: Sequence[int]) -> dict[int, list[Any]]:
    """What EpochFigures are made of, of each run, the first epoch first; they were checked when they were written."""
    found: dict[int, list[Any]] = {run_id: [] for run_id in ids}
    for row in session.connection().execute(ROWS, {"runs": list(found)}).all():
        found[row[0]].append(row)
    return found


def told(figures: Sequence[Any]) -> History:
    """Rows of one run as the API has them."""
    return [dict(zip(FIGURES, row[1:], strict=True)) for row in figures]


def histories(session: Session, ids: Sequence[int]) -> dict[int, History]:
    """Every finished epoch of each run. Raises UnknownRun."""
    found = rows(session, ids)
    missing = [run_id for run_id, figures in found.items() if not figures]
    if missing:
        known = set(session.connection().execute(select(IDS).where(IDS.in_(missing))).scalars())
        for run_id in missing:
            if run_id not in known:
                raise UnknownRun(run_id)
    return {run_id: told(figures) for run_id, figures in found.items()}
