"""The charts of groups of runs: the mean of each with its 95 % interval, a whole group in one colour."""

from collections.abc import Sequence
from math import inf

from app.comparing.compare import Comparison
from app.comparing.outcome import Line, Outcome
from app.drawing.figures import SERIES, Figure, Trace, bars, brief, class_bars, color, empty, hatching, line, manner
from app.language.words import gettext as _
from app.statistics.optimism import selection
from app.statistics.spread import Spread, spread
from app.watching.results import class_names

# Lines whose bars there is room for beside each other; the legend chooses which (static/js/legend.js).
BESIDE = 8
# Of a band; several on top of each other must still let the grid through (static/js/palette.js has it too).
THIN = 0.18


def means(outcome: Outcome, figure: str, scale: int) -> list[Trace]:
    """Mean over the runs of a group, epoch by epoch, in a band that is its 95 % interval; `figure` is loss or
    accuracy, on the split that chooses. Where only some have come so far, it is the mean of those."""
    many = len(outcome.lines) > len(SERIES)
    return [trace for row in outcome.lines for trace in _of_group(outcome.comparison, row, figure, scale, many)]


def _of_group(comparison: Comparison, row: Line, figure: str, scale: int, many: bool) -> list[Trace]:
    found = _by_epoch(comparison, row, figure)
    sure = [(epoch, one.low, one.high) for epoch, one in found if one.low is not None and one.high is not None]
    mean = line(
        _named(row),
        [epoch for epoch, _one in found],
        [brief(one.mean, scale) for _epoch, one in found],
        series=row.place,
        uid=f"mean-{row.id}",
        legendgroup=str(row.id),
        meta={"line": row.id},
        **manner(row.place, dashed=row.permuted, many=many),
        customdata=[_hover(one, scale) for _epoch, one in found],
        hovertemplate="%{customdata}",
    )
    # Student's interval knows of no ends; an accuracy and a loss have one.
    most = 1.0 if figure == "accuracy" else inf
    low, high = ([brief(min(max(edge, 0.0), most), scale) for edge in edges] for edges in _edges(sure))
    area = band(row.label, [epoch for epoch, _low, _high in sure], low, high, series=row.place)
    # Always there, if need be without a point: what the legend hides is both.
    area["meta"]["line"] = row.id
    return [area | {"uid": f"band-{row.id}", "legendgroup": str(row.id)}, mean]


def _edges(sure: Sequence[tuple[int, float, float]]) -> tuple[list[float], list[float]]:
    return [low for _epoch, low, _high in sure], [high for _epoch, _low, high in sure]


def band(
    name: str, x: Sequence[float], low: Sequence[float | None], high: Sequence[float | None], *, series: int
) -> Trace:
    """The area between two curves, behind everything and silent; `x` grows."""
    red, green, blue = (int(color(series)[at : at + 2], 16) for at in (1, 3, 5))
    return {
        "type": "scatter",
        "mode": "none",
        "name": name,
        # Once along the upper edge, and back along the lower one.
        "x": [*x, *reversed(x)] or [None],
        "y": [*high, *reversed(low)] or [None],
        "fill": "toself",
        "fillcolor": f"rgba({red}, {green}, {blue}, {THIN})",
        "hoverinfo": "skip",
        "showlegend": False,
        "meta": {"series": series},
    }


def _by_epoch(comparison: Comparison, row: Line, figure: str) -> list[tuple[int, Spread]]:
    values: dict[int, list[float | None]] = {}
    for run in row.runs:
        key = f"{selection(run)}_{figure}"
        for figures in comparison.epochs[run.id or 0]:
            values.setdefault(figures.epoch, []).append(getattr(figures, key))
    spreads = ((epoch, spread(several)) for epoch, several in sorted(values.items()))
    return [(epoch, found) for epoch, found in spreads if found]


def _named(row: Line) -> str:
    return f"{row.label} (n = {len(row.runs)})"


def _hover(one: Spread, scale: int) -> str:
    """Of one epoch: the mean, how sure it is, and of how many."""
    mean = f"{scale * one.mean:.4g}"
    return f"{mean} (n = 1)" if one.half is None else f"{mean} ± {scale * one.half:.2g} (n = {one.n})"


def class_groups(outcome: Outcome) -> Figure:
    """Per-class accuracy on the test split of what has been tested, as grouped bars."""
    traces = [trace | {"uid": f"bars-{row.id}"} for row in outcome.lines if (trace := _bars(row))]
    if not traces:
        return empty(_("Appears when a run has finished."))
    for trace in traces[BESIDE:]:
        trace["visible"] = "legendonly"
    figure = bars(traces)
    figure["layout"]["meta"] = {"most": BESIDE}
    return figure


def _bars(row: Line) -> Trace | None:
    """A run's, or the means of a group's runs with their interval over the runs."""
    tested = [run for run in row.runs if run.confusion]
    if not tested:
        return None
    confusions = [run.confusion or [] for run in tested]
    names = class_names(tested[0], len(confusions[0]))
    summed = added(confusions)
    trace = class_bars(row.label, names, summed, series=row.place)
    trace["marker"] |= hatching(row.place)
    trace["meta"]["line"] = row.id
    if len(tested) == 1:
        return trace
    shares = [[_share(confusion, place) for confusion in confusions] for place in range(len(names))]
    found = [spread(share) for share in shares]
    values = [100 * one.mean if one else None for one in found]
    halves = [100 * (one.half or 0.0) if one else 0.0 for one in found]
    pairs = [(value or 0.0, half) for value, half in zip(values, halves, strict=True)]
    ends = {
        "array": [min(half, 100 - value) for value, half in pairs],
        "arrayminus": [min(half, value) for value, half in pairs],
    }
    words = _("%{y}: %{x:.2f} % on average")
    more = {"error_x": trace["error_x"] | ends, "hovertemplate": words, "name": _named(row)}
    return trace | {"x": values} | more


def added(confusions: list[list[list[int]]]) -> list[list[int]]:
    """The sum of confusion matrices of one size."""
    rows = zip(*confusions, strict=True)
    return [[sum(cells) for cells in zip(*several, strict=True)] for several in rows]


def _share(confusion: list[list[int]], place: int) -> float | None:
    total = sum(confusion[place])
    return confusion[place][place] / total if total else None
