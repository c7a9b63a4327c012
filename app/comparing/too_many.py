"""What to do with more runs than a comparison can show: put them together, or leave some out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.comparing.comparison_view import MOST_LINES, MOST_RUNS, View
from app.comparing.grouping import NOT_THE_EXPERIMENT, SEED, differing, grouped, parse
from app.store.models import Run


@dataclass(frozen=True)
class Way:
    """A view that can be shown: `lines` groups of `view.runs`, or that many runs by themselves."""

    view: View
    lines: int


def ways_out(session: Session, ids: Sequence[int]) -> list[Way]:
    """By everything but the seed first, then by each setting alone that differs, then the first runs as they are."""
    found = {run.id: run for run in session.exec(select(Run).where(col(Run.id).in_(ids[:MOST_RUNS])))}
    runs = [found[run_id] for run_id in ids[:MOST_RUNS] if run_id in found]
    shown = tuple(run.id or 0 for run in runs)
    settings = [name for name in differing(runs) if name not in NOT_THE_EXPERIMENT]
    ways = [Way(View(runs=shown, by=by), len(grouped(runs, parse(by)))) for by in (SEED, *settings)]
    first = shown[:MOST_LINES]
    return [*(way for way in ways if 1 < way.lines <= MOST_LINES), Way(View(runs=first), len(first))]
