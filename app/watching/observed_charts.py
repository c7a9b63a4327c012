"""What an observer saw of a run: one line a layer or block, from the first to the last in an ordered colour scale."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil

from app.drawing.figures import UNIFIED, Figure, Trace, curves, line, live, shade
from app.language.words import gettext as _
from app.store.models import Step
from app.watching.history_traces import axes, offering
from app.watching.layers import grouped
from app.watching.run_detail import RunDetail

# Entries of a legend, of dozens of layers; the colours tell the order of those between.
NAMED = 8

# Each figure, and the column of a step report that it draws.
OBSERVED = {"gradients": "gradient_norms", "residuals": "residual_ratios"}


def gradients(detail: RunDetail) -> Figure:
    """L2 norm of the gradient, by layer, on a logarithmic axis."""
    traces = _lines(detail, "gradient_norms", "layers", grouped)
    return _ordered(traces, _("Gradient norm"), detail, type="log", nticks=6)


def residuals(detail: RunDetail) -> Figure:
    """|F(x)| / |x|: what each residual block adds to what it is given, mean over the batch."""
    traces = _lines(detail, "residual_ratios", "residual_ratios", dict)
    return _ordered(traces, _("|F(x)| / |x|"), detail, rangemode="tozero")


def reported(detail: RunDetail, name: str) -> list[tuple[float, float | None, Step]]:
    """The step reports that figure `name` has something of, with their places on the epoch axis and their seconds."""
    reports = zip(detail.positions(), detail.step_seconds(), detail.steps, strict=True)
    return [report for report in reports if getattr(report[2], OBSERVED[name])]


def _lines(
    detail: RunDetail, column: str, told_as: str, group: Callable[[Mapping[str, float]], Mapping[str, float]]
) -> list[Trace]:
    """`told_as` is the figures' name in a live event."""
    figure = next(name for name, drawn in OBSERVED.items() if drawn == column)
    reports = reported(detail, figure)
    rows = [group(getattr(step, column)) for _place, _seconds, step in reports]
    # As a dict and not a set: in the network's order.
    names = list(dict.fromkeys(name for values in rows for name in values))
    every = ceil(len(names) / NAMED)
    traces = []
    for index, name in enumerate(names):
        depth = index / max(1, len(names) - 1)
        trace = line(
            name,
            [place for place, _seconds, _step in reports],
            [values.get(name) for values in rows],
            series=0,
            run=detail.run.id,
            customdata=[seconds for _place, seconds, _step in reports],
            line={"color": shade(depth), "width": 1.5},
            marker={"color": shade(depth), "size": 4},
            meta={"series": None, "shade": depth, **live("step", "position", [told_as, name]), **axes(detail)},
        )
        traces.append(trace | {"showlegend": index % every == 0 or index == len(names) - 1})
    return traces


def _ordered(traces: Sequence[Trace], title: str, detail: RunDetail, **y_axis: object) -> Figure:
    figure = offering(curves(traces, title, epochs=detail.run.epochs, hoverformat=".3~g", **y_axis), "x")
    if len(traces) > UNIFIED:
        figure["layout"]["hovermode"] = "closest"
    return figure
