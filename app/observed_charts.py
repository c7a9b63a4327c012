"""What an observer saw of a run: one line a layer or block, from the first to the last in an ordered colour scale."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil

from app.figures import Figure, Trace, curves, line, live, shade
from app.layers import grouped
from app.models import Step
from app.run_detail import RunDetail
from app.words import gettext as _

# Entries of a legend, of dozens of layers; the colours tell the order of those between.
NAMED = 8
# Lines whose values fit into one hover label.
UNIFIED = 12

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


def reported(detail: RunDetail, name: str) -> list[tuple[float, Step]]:
    """The step reports that figure `name` has something of, with their places on the epoch axis."""
    places = zip(detail.positions(), detail.steps, strict=True)
    return [(place, step) for place, step in places if getattr(step, OBSERVED[name])]


def _lines(
    detail: RunDetail, column: str, told_as: str, group: Callable[[Mapping[str, float]], Mapping[str, float]]
) -> list[Trace]:
    """`told_as` is the figures' name in a live event."""
    figure = next(name for name, drawn in OBSERVED.items() if drawn == column)
    rows = [(place, group(getattr(step, column))) for place, step in reported(detail, figure)]
    # As a dict and not a set: in the network's order.
    names = list(dict.fromkeys(name for _place, values in rows for name in values))
    every = ceil(len(names) / NAMED)
    traces = []
    for index, name in enumerate(names):
        depth = index / max(1, len(names) - 1)
        trace = line(
            name,
            [place for place, _values in rows],
            [values.get(name) for _place, values in rows],
            series=0,
            run=detail.run.id,
            line={"color": shade(depth), "width": 1.5},
            marker={"color": shade(depth), "size": 4},
            meta={"series": None, "shade": depth, **live("step", "position", [told_as, name])},
        )
        traces.append(trace | {"showlegend": index % every == 0 or index == len(names) - 1})
    return traces


def _ordered(traces: Sequence[Trace], title: str, detail: RunDetail, **y_axis: object) -> Figure:
    figure = curves(traces, title, epochs=detail.run.epochs, hoverformat=".3~g", **y_axis)
    if len(traces) > UNIFIED:
        figure["layout"]["hovermode"] = "closest"
    return figure
