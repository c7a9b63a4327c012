"""The charts of several runs beside each other: one colour a run; among few a dash means permuted pixels."""

from collections.abc import Callable
from typing import Any

from app.comparing.compare import SHORT, Comparison
from app.comparing.comparison_view import COURSE
from app.comparing.group_charts import class_groups, means
from app.comparing.outcome import Line, Outcome
from app.comparing.parallel import parallel
from app.comparing.reference import ReferenceRow, course_curve
from app.comparing.tradeoff import tradeoff
from app.drawing.figures import UNIFIED, Figure, Trace, brief, course_line, curves, line, live, manner
from app.language.words import gettext as _
from app.statistics.optimism import selection
from app.store.models import Run

# Optimiser steps from one report to the next.
REPORT_EVERY = 100
# Runs whose training curves are drawn too, faintly; of more they are only a tangle.
FAINT = 8
# Epochs whose points are marked; of more, the marks would hide the curve and take most of the time to draw.
MARKED = 40


def loss(outcome: Outcome) -> Figure:
    """Loss over epochs, on the axis that the view asks for."""
    scale = outcome.view.scale
    axis = {"type": "log", "nticks": 6, "rangemode": "normal"} if scale == "log" else {"rangemode": "tozero"}
    # On another scale, what was zoomed before means nothing.
    return _drawn(outcome, "loss", 1, _("Loss"), uirevision=scale, **axis)


def accuracy(outcome: Outcome) -> Figure:
    """Accuracy over epochs, in percent."""
    return _drawn(outcome, "accuracy", 100, _("Accuracy (%)"), hoverformat=".2f")


COMPARE_FIGURES: dict[str, Callable[[Outcome], Figure]] = {
    "loss": loss,
    "accuracy": accuracy,
    "classes": class_groups,
    "tradeoff": tradeoff,
    "parallel": parallel,
}


def _drawn(outcome: Outcome, name: str, scale: int, title: str, **axis: Any) -> Figure:
    comparison = outcome.comparison
    longest = max((run.epochs for run in comparison.runs), default=1)
    own = means(outcome, name, scale) if outcome.together else _overlaid(outcome, name, scale)
    for trace in own:
        if longest > MARKED and trace.get("mode") == "lines+markers":
            trace["mode"] = "lines"
    course = course_line(reference(comparison), name, scale)
    for trace in course:
        trace["meta"]["line"] = COURSE
    figure = curves([*own, *course], title, epochs=longest, **axis)
    # Many entries scroll, so that the curves keep their room.
    figure["layout"]["legend"]["maxheight"] = 0.2
    if len(outcome.lines) > UNIFIED:
        figure["layout"]["hovermode"] = "closest"
    return figure


def _overlaid(outcome: Outcome, figure: str, scale: int) -> list[Trace]:
    few = len(outcome.lines) <= FAINT
    traces = []
    for row in outcome.lines:
        for trace in _of_run(outcome.comparison, row, figure, scale, few):
            trace["meta"]["line"] = row.id
            traces.append(trace)
    return traces


def _of_run(comparison: Comparison, row: Line, figure: str, scale: int, few: bool) -> list[Trace]:
    run = row.run
    # One entry in the legend shows and hides both curves of a run.
    common: Trace = {"series": row.place, "run": run.id, "legendgroup": str(run.id)}
    looks = manner(row.place, dashed=run.permute, many=not few)
    within = run.epochs <= SHORT and _reports_steps(run)
    # The one point of a one-epoch run is its result.
    strong: Trace = {"line": looks["line"], "marker": {"size": 9 if run.epochs <= SHORT else 5, **looks["marker"]}}
    chosen = line(row.label, **_by_epoch(comparison, run, f"{selection(run)}_{figure}", scale), **strong, **common)
    if not few:
        return [chosen]
    hidden: Trace = {"opacity": 0.75 if within else 0.4, "showlegend": False, "hoverinfo": "skip"}
    training = (_by_step if within else _by_epoch)(comparison, run, f"train_{figure}", scale)
    return [line(row.label, **training, **hidden, line={"width": 1, **looks["line"]}, **common), chosen]


def reference(comparison: Comparison) -> list[ReferenceRow]:
    """The course's run, where all of these train the same network on the same images."""
    kinds = {(run.architecture, run.dataset, run.permute) for run in comparison.runs}
    architecture, dataset, permute = kinds.pop() if len(kinds) == 1 else ("", "", True)
    return [] if permute else course_curve(architecture, dataset)


def _by_epoch(comparison: Comparison, run: Run, key: str, scale: int) -> Trace:
    rows = comparison.epochs[run.id or 0]
    values = [brief(getattr(row, key), scale) for row in rows]
    return {"x": [row.epoch for row in rows], "y": values, "meta": live("epoch", "epoch", key, scale)}


def _by_step(comparison: Comparison, run: Run, key: str, scale: int) -> Trace:
    """The running figure of the training split; `key` is train_loss or train_accuracy."""
    rows, running = comparison.steps[run.id or 0], key.removeprefix("train_")
    steps_per_epoch = run.facts.get("steps_per_epoch") or 1
    return {
        "x": [brief(row.epoch - 1 + row.step / steps_per_epoch) for row in rows],
        "y": [brief(getattr(row, running), scale) for row in rows],
        "mode": "lines",
        "meta": live("step", "position", running, scale),
    }


def _reports_steps(run: Run) -> bool:
    """Small data sets end an epoch before its first report; what is not known yet is expected to have them."""
    return bool(run.facts.get("steps_per_epoch", REPORT_EVERY) >= REPORT_EVERY)
