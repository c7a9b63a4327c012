"""Curves of one run over its epochs, step reports or wall time, as the charts of its page are made of them."""

from collections.abc import Sequence
from typing import Any

from app.drawing.figures import Figure, Trace, brief, line
from app.language.words import gettext as _
from app.watching.run_detail import RunDetail


def scaled(rows: Sequence[Any], key: str, scale: int) -> list[float | None]:
    """A column of the rows, times `scale`."""
    return [brief(getattr(row, key), scale) for row in rows]


def within(detail: RunDetail, name: str, y: Sequence[float | None], series: int, **more: Any) -> Trace:
    """A curve of the step reports."""
    return traced(detail, name, detail.positions(), y, detail.step_seconds(), series, **more)


def ends(detail: RunDetail, name: str, y: Sequence[float | None], series: int, **more: Any) -> Trace:
    """A curve of the epochs' ends."""
    return traced(detail, name, [row.epoch for row in detail.epochs], y, detail.seconds(), series, **more)


def traced(
    detail: RunDetail,
    name: str,
    x: Sequence[float],
    y: Sequence[float | None],
    seconds: Sequence[float | None],
    series: int,
    **more: Any,
) -> Trace:
    """`seconds` are those of each point since the training began."""
    meta = more.pop("meta") | axes(detail)
    moments = [brief(value) for value in seconds]
    return line(name, x, y, series=series, run=detail.run.id, customdata=moments, meta=meta, **more)


def axes(detail: RunDetail) -> dict[str, Any]:
    """What other axes than epochs need: steps of an epoch, and the zero of wall time in milliseconds (of Unix)."""
    began = detail.clock.began
    return {"steps": detail.run.facts.get("steps_per_epoch"), "began": began and round(1000 * began.timestamp())}


def offering(figure: Figure, *offers: str) -> Figure:
    """With the reader's choices (static/js/choices.js) that the figure takes part in, and the titles of the x axes."""
    titles = {
        "step": _("Step"),
        "s": _("Wall time (s)"),
        "min": _("Wall time (min)"),
        "h": _("Wall time (h)"),
    }
    figure["layout"]["meta"] = {"offers": list(offers), "titles": titles}
    return figure
