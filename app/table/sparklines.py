"""The accuracy of a listed run by epoch, small enough for a table's row."""

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from app.language.words import gettext as _
from app.store.curve import Point
from app.table.columns import share as percent

# Of the drawing, in its own units.
WIDTH, HEIGHT = 80, 20
# Room for the mark of the best, and for the line's own width.
EDGE = 2
# A curve that moves by less than this is drawn flat: noise should not look like progress.
LEAST_SPAN = 0.02


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
