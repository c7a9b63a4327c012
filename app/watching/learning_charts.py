"""Which class learns when: a curve a class, and the classes after one epoch. static/js/learning.js moves both on."""

from collections.abc import Sequence

from app.drawing.figures import HIGH, SERIES, UNIFIED, Figure, bars, class_bars, curves, line
from app.language.words import gettext as _
from app.store.models import Run
from app.watching.learning import Learning

# When all colours are taken, the dashes change.
DASHES = ("solid", "dash", "dot", "dashdot")
# Names that fit above a chart.
NAMED = 20
# Where the slider stands; between light and dark, 3:1 on both.
MARKER = "#7f858c"


def curves_of_classes(run: Run, learning: Learning) -> Figure:
    """Accuracy in percent after each epoch, a line a class; a dotted line at the newest epoch."""
    traces = [
        line(
            name,
            learning.epochs,
            [100 * hits[index] / total if total else None for hits in learning.correct],
            series=index,
            line={"width": 1.5, "dash": DASHES[index // len(SERIES) % len(DASHES)]},
            marker={"size": 4},
        )
        for index, (name, total) in enumerate(zip(learning.classes, learning.totals, strict=False))
    ]
    figure = curves(traces, _("Accuracy (%)"), epochs=run.epochs, hoverformat=".2f")
    layout = figure["layout"]
    layout["showlegend"] = len(traces) <= NAMED
    layout["hovermode"] = "x unified" if len(traces) <= UNIFIED else "closest"
    at = learning.epochs[-1] if learning.epochs else 0
    across = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    layout["shapes"] = [{"type": "line", "x0": at, "x1": at, **across, "line": {"color": MARKER, "dash": "dot"}}]
    return figure


def classes_of_epoch(learning: Learning, confusion: Sequence[Sequence[int]]) -> Figure:
    """Accuracy of each class after one epoch, on an axis that is the same for every epoch."""
    figure = bars([class_bars(_("Accuracy"), learning.classes, confusion, series=0)])
    shares = [
        hit / total for hits in learning.correct for hit, total in zip(hits, learning.totals, strict=True) if total
    ]
    whole = {"title": {"text": _("Accuracy (%)")}, "range": [0, 100.5]}
    axis = figure["layout"]["xaxis"]
    figure["layout"]["xaxis"] = whole if 100 * min(shares, default=0) < HIGH else axis | {"title": whole["title"]}
    # Where the axis leaves out what all share, an epoch to come may still need it.
    figure["layout"]["meta"] = {"whole": whole}
    return figure
