"""Parallel coordinates: one axis a setting that differs, the last one the accuracy, one line a run or group.

The axes lie below each other, so that titles and values have room for their words on a phone too. Drawn with ordinary
lines: Plotly's own kind of trace is in a bundle three times as large.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.comparing.grouping import value
from app.comparing.outcome import Line, Outcome
from app.drawing.figures import Figure, Trace, brief, color, empty, shade
from app.language.describe import setting_title, setting_value
from app.language.formats import percent, setting
from app.language.words import gettext as _

# Values of an axis that are put at equal distances, each with its label; more are put where they lie between the ends.
FEW = 8
# Lines that are told apart by the colours of the other charts; more are shaded by their accuracy.
COLORED = 8


@dataclass(frozen=True)
class Axis:
    """A place from 0 to 1 for each line (None: it has no value), each one's label, and the labels along the axis."""

    title: str
    places: list[float | None]
    words: list[str]
    ticks: list[tuple[float, str]]


def parallel(outcome: Outcome) -> Figure:
    """Without lines where nothing differs, or nothing has an accuracy yet."""
    lines = [row for row in outcome.lines if row.test or row.best]
    names = [name for name in _settings(outcome) if len({_shared(row, name) for row in lines}) > 1]
    axes = [_of_setting(name, [_shared(row, name) for row in lines]) for name in names]
    if not axes:
        return empty(_("Appears when two that differ in a setting have an accuracy."))
    axes.append(_of_accuracy(lines))
    traces = [_line(row, axes, place, many=len(lines) > COLORED) for place, row in enumerate(lines)]
    return {"data": [*traces, _labels(axes)], "layout": _layout([axis.title for axis in axes])}


def _settings(outcome: Outcome) -> Sequence[str]:
    """Of groups those that all runs of a group share."""
    return outcome.view.settings if outcome.together else list(outcome.comparison.differing)


def _shared(row: Line, name: str) -> Any:
    return value(row.run.config, name)


def _of_setting(name: str, values: Sequence[Any]) -> Axis:
    words = [setting(setting_value(name, one)) for one in values]
    numeric = all(isinstance(one, int | float) for one in values)
    distinct = sorted(set(values)) if numeric else list(dict.fromkeys(values))
    if numeric and len(distinct) > FEW:
        return _between(setting_title(name), values, words)
    places = {one: index / max(1, len(distinct) - 1) for index, one in enumerate(distinct)}
    labels = dict(zip(values, words, strict=True))
    ticks = [(places[one], labels[one]) for one in distinct]
    return Axis(setting_title(name), [places[one] for one in values], words, ticks)


def _of_accuracy(lines: Sequence[Line]) -> Axis:
    tested = any(row.test for row in lines)
    found = [(row.test if tested else row.best) for row in lines]
    values = [one.mean if one else None for one in found]
    return _between(_("Test accuracy") if tested else _("Best accuracy"), values, [percent(one) for one in values])


def _between(title: str, values: Sequence[float | None], words: list[str]) -> Axis:
    known = {one: text for one, text in zip(values, words, strict=True) if one is not None}
    low, high = min(known), max(known)
    places = [None if one is None else (one - low) / (high - low) if high > low else 0.5 for one in values]
    ends = dict.fromkeys((0.0, 1.0) if high > low else (0.5,))
    return Axis(title, places, words, [(end, known[high if end > 0.5 else low]) for end in ends])


def _line(row: Line, axes: Sequence[Axis], place: int, *, many: bool) -> Trace:
    height = axes[-1].places[place]
    paint = shade(height or 0.0) if many else color(row.place)
    meta = {"line": row.id} | ({"series": None, "shade": height or 0.0} if many else {"series": row.place})
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": row.label,
        "uid": f"line-{row.id}",
        "x": [brief(axis.places[place]) for axis in axes],
        "y": list(range(len(axes))),
        "customdata": [f"{axis.title}: {axis.words[place]}" for axis in axes],
        "hovertemplate": "%{customdata}",
        "line": {"color": paint, "width": 1.5, "dash": "dash" if row.permuted else "solid"},
        "marker": {"color": paint, "size": 6},
        "meta": meta,
    }


def _labels(axes: Sequence[Axis]) -> Trace:
    marks = [(x, y, text) for y, axis in enumerate(axes) for x, text in axis.ticks]
    return {
        "type": "scatter",
        # Unseen points keep the words off the axis.
        "mode": "markers+text",
        "marker": {"size": 10, "opacity": 0},
        "x": [x for x, _y, _text in marks],
        "y": [y for _x, y, _text in marks],
        "text": [text for _x, _y, text in marks],
        "textposition": [_beside(x) for x, _y, _text in marks],
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }


def _beside(place: float) -> str:
    """Words at an end of an axis stay within the chart."""
    if place <= 0:
        return "top right"
    return "top left" if place >= 1 else "top center"


def _layout(titles: Sequence[str]) -> Figure:
    last = len(titles) - 1
    return {
        "uirevision": "kept",
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 56, "r": 12, "t": 12, "b": 12},
        "xaxis": {"range": [-0.03, 1.03], "visible": False},
        # The first on top, with room for its values above it.
        "yaxis": {
            "tickvals": list(range(len(titles))),
            "ticktext": list(titles),
            "range": [last + 0.2, -0.7],
            "automargin": True,
            "zeroline": False,
        },
    }
