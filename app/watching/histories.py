"""The epochs of one run or of many as plain rows: a chart waits for thousands of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, inspect
from sqlmodel import Session, select

from app.lifecycle.runs import UnknownRun
from app.store.models import Epoch, Run
from app.watching.results import EpochPublic

FIGURES = tuple(EpochPublic.model_fields)
STORED = inspect(Epoch).columns
IDS = inspect(Run).columns.id
# Made once: SQLAlchemy takes longer to put it together than SQLite to answer it.
ROWS = (
    select(STORED.run_id, *(STORED[name] for name in FIGURES))
    .where(STORED.run_id.in_(bindparam("runs", expanding=True)))
    .order_by(STORED.run_id, STORED.epoch)
)

History = list[dict[str, Any]]


def histories(session: Session, ids: Sequence[int]) -> dict[int, History]:
    """Every finished epoch of each run, the first one first, as EpochPublic names its figures; they were checked when
    they were written. Raises UnknownRun."""
    found: dict[int, History] = {run_id: [] for run_id in ids}
    connection = session.connection()
    for row in connection.execute(ROWS, {"runs": list(found)}).all():
        found[row[0]].append(dict(zip(FIGURES, row[1:], strict=True)))
    missing = [run_id for run_id, rows in found.items() if not rows]
    if missing:
        known = set(connection.execute(select(IDS).where(IDS.in_(missing))).scalars())
        for run_id in missing:
            if run_id not in known:
                raise UnknownRun(run_id)
    return found
