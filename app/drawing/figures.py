"""The pieces of our charts: traces and layouts as plain Plotly dicts, free of any Plotly import.

`meta` tells the page how a trace lives on: `event`, `x`, `y` and `scale` name the live event and the keys of its
payload that make a new point (a list of keys leads into an object); `replace` keeps only the newest, `when` names a key
that must be true; `run` is whose events count; `series` is the place in the palette, so that the page can recolour it
for a dark theme, or `shade` the place in the ordered scale, from 0 to 1; `line` is whose entry of a page's own legend
shows and hides it. A trace with a `fillcolor` is a band: it takes
the colour of its series, thin enough to see through.
Text carries no markup: Plotly would turn it into style attributes, which the Content-Security-Policy forbids.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.language.words import gettext as _
from app.statistics.intervals import wilson

Figure = dict[str, Any]
Trace = dict[str, Any]

# Okabe and Ito's colours, darkened to 3:1 on white (WCAG 1.4.11); static/css/tokens.css has the same and a dark set.
SERIES = ("#0072b2", "#c44e00", "#00795a", "#a8477f", "#96690a", "#5a5f66", "#2c8ec4", "#7d5bc4")
# Beyond as many lines as there are colours, each of these rounds has another dash, another marker and, as bars, another
# hatching (plotly.js's names), so that no two lines look the same; the tables' keys repeat it (partials/key.html).
ROUNDS = (
    ("solid", "circle", ""),
    ("dot", "square", "/"),
    ("dashdot", "diamond", "."),
    ("longdash", "triangle-up", "x"),
    ("longdashdot", "cross", "-"),
)
# The ends of the ordered scale, first layer to last: apart in lightness and from blue to orange, which every kind of
# colour blindness keeps apart.
SCALE = ("#10266b", "#c47a00")
# The course's own curve: present, but behind everything of the run.
REFERENCE = 5
# Lines whose values fit into one hover label.
UNIFIED = 12
# Percent that every class has to reach for the bars' axis to begin at 80.
HIGH = 90


def color(series: int) -> str:
    return SERIES[series % len(SERIES)]


def manner(place: int, *, dashed: bool, many: bool) -> Trace:
    """Dash and marker of the line at `place`: among few a dash says something of the run, among `many` which it is."""
    dash, symbol, _hatching = ROUNDS[place // len(SERIES) % len(ROUNDS)]
    return {"line": {"dash": dash if many else "dash" if dashed else "solid"}, "marker": {"symbol": symbol}}


def hatching(place: int) -> Trace:
    """Of the bars at `place`, in the same rounds."""
    return {"pattern": {"shape": ROUNDS[place // len(SERIES) % len(ROUNDS)][2], "solidity": 0.4}}


def shade(place: float) -> str:
    """A colour of the ordered scale; `place` is from 0 to 1."""
    first, last = ([int(end[at : at + 2], 16) for at in (1, 3, 5)] for end in SCALE)
    mixed = [round(one + (other - one) * place) for one, other in zip(first, last, strict=True)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def line(
    name: str, x: Sequence[float], y: Sequence[float | None], *, series: int, run: int | None = None, **more: Any
) -> Trace:
    """A curve of one figure over epochs; `more` is laid over it (`mode`, `line`, `meta`, ...)."""
    trace: Trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {"color": color(series), "width": 2},
        "marker": {"color": color(series), "size": 5},
        "meta": {"series": series, "run": run},
    }
    for key, value in more.items():
        trace[key] = trace[key] | value if isinstance(value, dict) and key in trace else value
    return trace


def brief(value: float | None, scale: float = 1) -> float | None:
    """Six digits: more than a chart can show, and a third of what a page of many curves would weigh."""
    return None if value is None else float(f"{scale * value:.6g}")


def course_line(reference: Sequence[Mapping[str, Any]], figure: str, scale: int) -> list[Trace]:
    """The course's test curve as a dotted line, where there is one; `figure` is loss or accuracy."""
    if not reference:
        return []
    x = [row["epoch"] for row in reference]
    y = [scale * row[f"test_{figure}"] for row in reference]
    return [line(_("Course, test"), x, y, series=REFERENCE, mode="lines", line={"dash": "dot", "width": 1.5})]


def live(event: str, x: str, y: str | list[str], scale: int = 1, **more: Any) -> dict[str, Any]:
    """The part of `meta` that says which events add points."""
    return {"event": event, "x": x, "y": y, "scale": scale, **more}


def curves(traces: Sequence[Trace], y_title: str, *, epochs: int, **y_axis: Any) -> Figure:
    """Curves over epochs, one hover label for all of them at a place. The axis has room for all `epochs` from the
    beginning, so that it stands still while points arrive."""
    return {
        "data": list(traces),
        "layout": {
            # A constant: what the user zoomed or hid stays so when points arrive.
            "uirevision": "kept",
            "hovermode": "x unified",
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
            # On the left room for most labels: where automargin has to make some, all is drawn twice.
            "margin": {"l": 64, "r": 12, "t": 28, "b": 40},
            "xaxis": {
                "title": {"text": _("Epoch")},
                "range": [0, epochs * 1.02],
                "hoverformat": ".2~f",
                "spikethickness": 1,
            },
            "yaxis": {
                "title": {"text": y_title, "standoff": 8},
                "automargin": True,
                # There is room for them: Plotly need not measure whether each fits.
                "ticklabeloverflow": "allow",
                "rangemode": "nonnegative",
                # The usual superscript powers of ten are markup.
                "exponentformat": "e",
                "hoverformat": ".4~g",
                **y_axis,
            },
        },
    }


def empty(words: str) -> Figure:
    """A chart that has nothing to draw yet, and says what it waits for."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}
    layout = {"annotations": [{"text": words, **place}], "xaxis": {"visible": False}, "yaxis": {"visible": False}}
    return {"data": [], "layout": layout}


def class_bars(
    name: str, classes: Sequence[str], confusion: Sequence[Sequence[int]], *, series: int, **more: Any
) -> Trace:
    """Per-class accuracy in percent as horizontal bars, with the 95 % interval of each."""
    totals = [sum(row) for row in confusion]
    hits = [row[index] for index, row in enumerate(confusion)]
    percents = [100 * hit / total if total else None for hit, total in zip(hits, totals, strict=True)]
    limits = [wilson(hit, total) for hit, total in zip(hits, totals, strict=True)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": list(classes),
        "x": percents,
        "customdata": [list(pair) for pair in zip(hits, totals, strict=True)],
        "hovertemplate": _("%{y}: %{x:.2f} % (%{customdata[0]} of %{customdata[1]})"),
        "marker": {"color": color(series)},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [100 * high - (value or 0) for (_low, high), value in zip(limits, percents, strict=True)],
            "arrayminus": [(value or 0) - 100 * low for (low, _high), value in zip(limits, percents, strict=True)],
            "thickness": 1.2,
            "width": 3,
        },
        "meta": {"series": series},
    } | more


def bars(traces: Sequence[Trace]) -> Figure:
    """Bars by class, the first class on top; where all are good, the axis leaves out most of what they share."""
    lowest = min((value for trace in traces for value in trace["x"] if value is not None), default=0.0)
    start = 80 if lowest >= HIGH else 0
    title = _("Accuracy (%), from 80 %") if start else _("Accuracy (%)")
    return {
        "data": list(traces),
        "layout": {
            "uirevision": "kept",
            "barmode": "group",
            "bargap": 0.35,
            "hovermode": "closest",
            "showlegend": len(traces) > 1,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
            "margin": {"l": 84, "r": 16, "t": 8 if len(traces) < 2 else 28, "b": 40},
            "xaxis": {"title": {"text": title}, "range": [start, 100.5]},
            # Class names such as "3" are names, not numbers.
            "yaxis": {"type": "category", "autorange": "reversed", "automargin": True},
        },
    }
