"""The charts of several runs beside each other: one colour a run, dashed where the pixels are permuted."""

from collections.abc import Callable

from app.compare import Comparison
from app.describe import title
from app.figures import Figure, Trace, bars, class_bars, course_line, curves, line, live
from app.models import Run
from app.optimism import selection
from app.reference import ReferenceRow, course_curve
from app.words import gettext as _

# A run this short is best seen within its epochs; in a longer one the running figures are only restless.
SHORT = 3
# Optimiser steps from one report to the next.
REPORT_EVERY = 100


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
    return curves(
        _overlaid(comparison, "accuracy", 100), _("Accuracy (%)"), epochs=_longest(comparison), hoverformat=".2f"
    )


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
        # One entry in the legend shows and hides both curves of a run.
        common: Trace = {"series": place, "run": run.id, "legendgroup": str(run.id)}
        dash = "dash" if run.permute else "solid"
        within = run.epochs <= SHORT and _reports_steps(run)
        opacity = 0.75 if within else 0.4
        faint: Trace = {
            "opacity": opacity,
            "showlegend": False,
            "hoverinfo": "skip",
            "line": {"width": 1, "dash": dash},
        }
        training = _by_step if within else _by_epoch
        name, train, chosen = called[run.id or 0], f"train_{figure}", f"{selection(run)}_{figure}"
        traces.append(line(name, **training(comparison, run, train, scale), **faint, **common))
        # The one point of a one-epoch run is its result.
        strong: Trace = {"line": {"width": 2, "dash": dash}, "marker": {"size": 9 if run.epochs <= SHORT else 5}}
        traces.append(line(name, **_by_epoch(comparison, run, chosen, scale), **strong, **common))
    return [*traces, *course_line(_reference(comparison), figure, scale)]


def _reference(comparison: Comparison) -> list[ReferenceRow]:
    """The course's run, where all of these train the same network on the same images."""
    kinds = {(run.architecture, run.dataset, run.permute) for run in comparison.runs}
    architecture, dataset, permute = kinds.pop() if len(kinds) == 1 else ("", "", True)
    return [] if permute else course_curve(architecture, dataset)


def _by_epoch(comparison: Comparison, run: Run, key: str, scale: int) -> Trace:
    rows = comparison.epochs[run.id or 0]
    values = [None if (value := getattr(row, key)) is None else scale * value for row in rows]
    return {"x": [row.epoch for row in rows], "y": values, "meta": live("epoch", "epoch", key, scale)}


def _by_step(comparison: Comparison, run: Run, key: str, scale: int) -> Trace:
    """The running figure of the training split; `key` is train_loss or train_accuracy."""
    rows, running = comparison.steps[run.id or 0], key.removeprefix("train_")
    steps_per_epoch = run.facts.get("steps_per_epoch") or 1
    return {
        "x": [row.epoch - 1 + row.step / steps_per_epoch for row in rows],
        "y": [scale * getattr(row, running) for row in rows],
        "mode": "lines",
        "meta": live("step", "position", running, scale),
    }


def _reports_steps(run: Run) -> bool:
    """Small data sets end an epoch before its first report; what is not known yet is expected to have them."""
    return bool(run.facts.get("steps_per_epoch", REPORT_EVERY) >= REPORT_EVERY)


def _longest(comparison: Comparison) -> int:
    return max((run.epochs for run in comparison.runs), default=1)
