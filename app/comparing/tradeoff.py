"""What an accuracy costs: test accuracy against parameters, training time or operations, and what no other beats."""

from collections.abc import Sequence
from math import floor, inf, log10

from app.comparing.outcome import Line, Outcome
from app.drawing.figures import REFERENCE, Figure, Trace, brief, color, empty
from app.language.words import gettext as _
from app.statistics.spread import spread
from app.store.models import Run
from app.watching.network import Network

# Decades of a logarithmic axis up to which 2 and 5 have a tick as well.
FINE = 2.0
# Costs that lie closer than this factor have an ordinary axis: a logarithmic one would have no tick between them.
CLOSE = 2.0
PLAIN = {"parameters": ",", "seconds": "", "flops": "~s"}
# Points that a legend names; of more it would leave no room for them, and each says its name where it is pointed at.
NAMED = 8
SUFFIXES = ("", "k", "M", "G", "T", "P")


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The Pareto front of (cost, accuracy): the places of the points that are better than all that cost no more."""
    order = sorted(range(len(points)), key=lambda place: (points[place][0], -points[place][1]))
    chosen, best = [], -inf
    for place in order:
        if points[place][1] > best:
            chosen.append(place)
            best = points[place][1]
    return chosen


def tradeoff(outcome: Outcome) -> Figure:
    """A point a run or group on a logarithmic axis of what the view compares with, the front as a stepped line.

    What has not been tested yet stands at its best so far, hollow and outside of the front.
    """
    placed = [(row, cost, _height(row)) for row in outcome.lines if (cost := _cost(outcome, row))]
    shown = [(row, cost, height) for row, cost, height in placed if height is not None]
    tested = [(row, cost, height) for row, cost, height in shown if row.tested]
    best = [tested[place] for place in front([(cost, height) for _row, cost, height in tested])]
    if not shown:
        return empty(_("Appears when an epoch has ended."))
    traces = [_point(row, cost, height, outcome.against) for row, cost, height in shown]
    if best:
        traces.insert(0, _line([cost for _row, cost, _h in best], [height for _row, _cost, height in best]))
    layout = _layout(outcome.against, [cost for _row, cost, _height in shown])
    return {"data": traces, "layout": layout | {"showlegend": len(shown) <= NAMED}}


def titles() -> dict[str, str]:
    """What accuracy can be drawn against."""
    return {
        "parameters": _("Parameters"),
        "seconds": _("Training time (s)"),
        "flops": _("FLOPs of a forward pass"),
    }


def _cost(outcome: Outcome, row: Line) -> float | None:
    if outcome.against == "flops":
        found = spread(_flops(run) for run in row.runs)
    else:
        found = row.parameters if outcome.against == "parameters" else row.seconds
    return found.mean if found and found.mean > 0 else None


def _flops(run: Run) -> int | None:
    network = Network.of(run)
    return network.flops if network else None


def _height(row: Line) -> float | None:
    chosen = row.test or row.best
    return chosen.mean if chosen else None


def _point(row: Line, cost: float, height: float, against: str) -> Trace:
    low, high = row.interval or (height, height)
    tested = bool(row.tested)
    unit = {
        "parameters": _("%{y:.2f} % with %{x:,.0f} parameters"),
        "seconds": _("%{y:.2f} % in %{x:,.1f} s"),
        "flops": _("%{y:.2f} % with %{x:.3s} FLOPs"),
    }[against]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": row.label,
        "uid": f"point-{row.id}",
        "x": [brief(cost)],
        "y": [brief(height, 100)],
        "hovertemplate": unit if tested else f"{unit}, {_('best so far')}",
        "marker": {"color": color(row.place), "size": 10, "symbol": "circle" if tested else "circle-open"},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [brief(high - height, 100)],
            "arrayminus": [brief(height - low, 100)],
            "thickness": 1.2,
            "width": 3,
        },
        "meta": {"series": row.place, "line": row.id},
    }


def _line(x: list[float], y: list[float]) -> Trace:
    """Accuracy that so much at most can have: level until something dearer is better."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _("Pareto front"),
        "uid": "front",
        "x": [brief(value) for value in x],
        "y": [brief(value, 100) for value in y],
        "hoverinfo": "skip",
        "line": {"color": color(REFERENCE), "width": 1.5, "dash": "dot", "shape": "hv"},
        "marker": {"color": color(REFERENCE), "size": 18, "symbol": "diamond-open"},
        "meta": {"series": REFERENCE},
    }


def _layout(against: str, costs: Sequence[float]) -> Figure:
    return {
        # A constant for each: what the user zoomed stays so when points arrive, and another axis begins anew.
        "uirevision": against,
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "maxheight": 0.2},
        "margin": {"l": 56, "r": 12, "t": 28, "b": 40},
        "xaxis": {"title": {"text": titles()[against]}} | _axis(against, min(costs), max(costs)),
        "yaxis": {"title": {"text": _("Test accuracy (%)"), "standoff": 8}, "automargin": True},
    }


def _axis(against: str, low: float, high: float) -> Figure:
    if high == low:
        # Around the one that there is Plotly would show halves of a parameter.
        return {"type": "linear", "tickformat": PLAIN[against], "tickvals": [low]}
    if high / low < CLOSE:
        return {"type": "linear", "tickformat": PLAIN[against]}
    ticks = _ticks(low, high)
    return {"type": "log", "tickvals": ticks, "ticktext": [_si(tick) for tick in ticks]}


def _ticks(low: float, high: float) -> list[float]:
    """Whole decades, with 2 and 5 between where they are few; Plotly would label the latter "2" and "5" only."""
    steps = (1, 2, 5) if log10(high / low) < FINE else (1,)
    decades = range(floor(log10(low)) - 1, floor(log10(high)) + 2)
    return [step * 10.0**decade for decade in decades for step in steps]


def _si(value: float) -> str:
    """50000 -> "50k"."""
    thousands = min(max(0, floor(log10(value) / 3 + 1e-9)), len(SUFFIXES) - 1)
    return f"{value / 1000**thousands:g}{SUFFIXES[thousands]}"
