"""The accuracy of each listed run by epoch, small enough for a table's row: one query, about forty points a run."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from sqlalchemy import and_, false, func, inspect, or_
from sqlmodel import Session, select

from app.language.words import gettext as _
from app.store.models import Epoch, Run
from app.table.columns import share as percent

POINTS = 40
# Of the drawing, in its own units.
WIDTH, HEIGHT = 80, 20
# Room for the mark of the best, and for the line's own width.
EDGE = 2
# A curve that moves by less than this is drawn flat: noise should not look like progress.
LEAST_SPAN = 0.02

Point = tuple[int, float]


@dataclass(frozen=True)
class Sparkline:
    """`points` are (epoch, accuracy) in order, accuracies as fractions on the split that chooses the best."""

    points: tuple[Point, ...]

    @cached_property
    def best(self) -> Point:
        return max(self.points, key=itemgetter(1))

    @property
    def line(self) -> str:
        """For an SVG polyline: "2,18 40,6 78,2"."""
        return " ".join([f"{x},{y}" for x, y in self._places])

    @property
    def mark(self) -> tuple[int, int]:
        """Where the best is."""
        return self._places[self.points.index(self.best)]

    @property
    def words(self) -> str:
        """The same for who does not see it."""
        said = _("Accuracy by epoch: from %(first)s to %(last)s, best %(best)s in epoch %(epoch)s")
        epoch, best = self.best
        first, last = self.points[0][1], self.points[-1][1]
        return said % {"first": percent(first), "last": percent(last), "best": percent(best), "epoch": epoch}

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        begin, end = self.points[0][0], self.points[-1][0]
        top = self.best[1]
        moved = top - min([accuracy for _epoch, accuracy in self.points])
        span = max(moved, LEAST_SPAN)
        # What hardly moves is in the middle.
        top += (span - moved) / 2
        across, down = (WIDTH - 2 * EDGE) / max(end - begin, 1), (HEIGHT - 2 * EDGE) / span
        return [
            (round(EDGE + (epoch - begin) * across), round(EDGE + (top - accuracy) * down))
            for epoch, accuracy in self.points
        ]


def sparklines(session: Session, runs: Iterable[Run]) -> dict[int, Sparkline]:
    """By run id, of those that have finished an epoch."""
    listed = {run.id or 0: run for run in runs}
    # Of a long run every n-th epoch, counted from its last one; the runs with the same ones together.
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for run_id, run in listed.items():
        every = -(-run.epochs // POINTS)
        alike[every, run.epoch % every].append(run_id)
    stored = inspect(Epoch).columns
    number, run_number = stored.epoch, stored.run_id
    kept = [
        and_(run_number.in_(ids), or_(number % every == rest, number == 1)) if every > 1 else run_number.in_(ids)
        for (every, rest), ids in alike.items()
    ]
    accuracy = func.coalesce(stored.validation_accuracy, stored.test_accuracy)
    statement = select(run_number, number, accuracy).where(or_(false(), *kept)).order_by(run_number, number)
    found: dict[int, dict[int, float]] = defaultdict(dict)
    # Past the session, which has nothing to keep of a thousand pairs of numbers.
    for run_id, epoch, figure in session.connection().execute(statement).all():
        if figure is not None:
            found[run_id][epoch] = figure
    return {run_id: Sparkline(_with_best(points, listed[run_id])) for run_id, points in found.items()}


def _with_best(points: dict[int, float], run: Run) -> tuple[Point, ...]:
    """What is marked is drawn, whether it is one of those that were read or not."""
    if run.best_epoch and run.best_accuracy is not None and run.best_epoch not in points:
        return tuple(sorted([*points.items(), (run.best_epoch, run.best_accuracy)]))
    return tuple(points.items())
