"""The charts of several runs beside each other: one colour a run, dashed where the pixels are permuted."""

from collections.abc import Callable

from app.compare import Comparison
from app.describe import title
from app.figures import Figure, Trace, bars, class_bars, curves, line, live
from app.models import Run
from app.words import gettext as _


def names(runs: list[Run]) -> dict[int, str]:
    """What to call each run; the number joins in where two would have the same name."""
    titles = {run.id or 0: title(run) for run in runs}
    taken = list(titles.values())
    return {key: f"{name} ({key})" if taken.count(name) > 1 else name for key, name in titles.items()}


def loss(comparison: Comparison) -> Figure:
    """Loss over epochs of all runs."""
    return curves(_overlaid(comparison, "loss", 1), _("Loss"), epochs=_longest(comparison), rangemode="tozero")


def accuracy(comparison: Comparison) -> Figure:
    """Accuracy over epochs of all runs, in percent."""
    return curves(_overlaid(comparison, "accuracy", 100), _("Accuracy (%)"), epochs=_longest(comparison))


def classes(comparison: Comparison) -> Figure:
    """Per-class accuracy on the test split of the runs that have been tested, as grouped bars."""
    called = names(list(comparison.runs))
    traces = [
        class_bars(called[run.id or 0], [str(name) for name in run.facts["classes"]], run.confusion, series=place)
        for place, run in enumerate(comparison.runs)
        if run.confusion
    ]
    return bars(traces)


COMPARE_FIGURES: dict[str, Callable[[Comparison], Figure]] = {"loss": loss, "accuracy": accuracy, "classes": classes}


def _overlaid(comparison: Comparison, figure: str, scale: int) -> list[Trace]:
    called = names(list(comparison.runs))
    traces: list[Trace] = []
    for place, run in enumerate(comparison.runs):
        chosen = f"{_selection(run)}_{figure}"
        for key, width, opacity in ((f"train_{figure}", 1, 0.4), (chosen, 2, 1)):
            rows = comparison.epochs[run.id or 0]
            values = [None if (value := getattr(row, key)) is None else scale * value for row in rows]
            traces.append(
                line(
                    called[run.id or 0],
                    [row.epoch for row in rows],
                    values,
                    series=place,
                    run=run.id,
                    line={"width": width, "dash": "dash" if run.permute else "solid"},
                    opacity=opacity,
                    # One entry in the legend shows and hides both curves of a run.
                    legendgroup=str(run.id),
                    showlegend=key == chosen,
                    hoverinfo="all" if key == chosen else "skip",
                    meta=live("epoch", "epoch", key, scale),
                )
            )
    return traces


def _longest(comparison: Comparison) -> int:
    return max((run.epochs for run in comparison.runs), default=1)


def _selection(run: Run) -> str:
    return str(run.facts.get("selection") or ("validation" if run.config.get("validation_fraction") else "test"))
