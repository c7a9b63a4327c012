"""The charts of a run: rows in, plain Plotly figures out. Accuracies are drawn in percent, losses in nats."""

from collections.abc import Callable, Sequence
from typing import Any

from app.comparison_charts import COMPARE_FIGURES
from app.figures import Figure, Trace, bars, class_bars, course_line, curves, line, live
from app.observed_charts import gradients, residuals
from app.run_detail import RunDetail
from app.words import gettext as _

__all__ = ["COMPARE_FIGURES", "FIGURES", "RunDetail"]

TRAIN, CHOOSING, BEST, WATCHED = 0, 1, 2, 3


def loss(detail: RunDetail) -> Figure:
    """Mean cross-entropy: training by step and by epoch, and the split that chooses."""
    return curves(_progress(detail, "loss", 1), _("Loss"), epochs=detail.run.epochs, rangemode="tozero")


def accuracy(detail: RunDetail) -> Figure:
    """Accuracy in percent, likewise."""
    return curves(_progress(detail, "accuracy", 100), _("Accuracy (%)"), epochs=detail.run.epochs, hoverformat=".2f")


def learning_rate(detail: RunDetail) -> Figure:
    """The learning rate at each step report, and at each epoch's end: small data sets have no step reports."""
    name, key = _("Learning rate"), "learning_rate"
    by_step, by_epoch = live("step", "position", key), live("epoch", "epoch", key)
    within = _line(detail, name, detail.positions(), _scaled(detail.steps, key, 1), 3, mode="lines", meta=by_step)
    ends = _line(detail, name, _numbers(detail), _scaled(detail.epochs, key, 1), 3, mode="markers", meta=by_epoch)
    return _alone(curves([within, ends], name, epochs=detail.run.epochs, rangemode="tozero"))


def throughput(detail: RunDetail) -> Figure:
    """Training images per second, an epoch's evaluation not counted."""
    speeds = [row.images_per_second for row in detail.epochs]
    growing = live("epoch", "epoch", "images_per_second")
    trace = _line(detail, _("Images per second"), _numbers(detail), speeds, 2, meta=growing)
    whole = {"rangemode": "tozero", "hoverformat": ",.0f", "tickformat": ",.0f"}
    return _alone(curves([trace], _("Images per second"), epochs=detail.run.epochs, **whole))


def classes(detail: RunDetail) -> Figure:
    """Accuracy of each class: the best checkpoint's on the test split, before the end the latest epoch's."""
    confusion = detail.confusion
    if not confusion:
        return bars([])
    names = detail.classes or [str(index) for index in range(len(confusion))]
    return bars([class_bars(_("Accuracy"), names, confusion, series=0)])


FIGURES: dict[str, Callable[[RunDetail], Figure]] = {
    "loss": loss,
    "accuracy": accuracy,
    "learning_rate": learning_rate,
    "throughput": throughput,
    "gradients": gradients,
    "residuals": residuals,
    "classes": classes,
}


def _progress(detail: RunDetail, figure: str, scale: int) -> list[Trace]:
    train, chosen = f"train_{figure}", f"{detail.selection}_{figure}"
    traces = [
        _line(
            detail,
            _("Train, running"),
            detail.positions(),
            _scaled(detail.steps, figure, scale),
            TRAIN,
            mode="lines",
            line={"width": 1},
            opacity=0.6,
            meta=live("step", "position", figure, scale),
        ),
        _line(
            detail,
            _("Train"),
            _numbers(detail),
            _scaled(detail.epochs, train, scale),
            TRAIN,
            meta=live("epoch", "epoch", train, scale),
        ),
        _line(
            detail,
            _("Validation") if detail.selection == "validation" else _("Test"),
            _numbers(detail),
            _scaled(detail.epochs, chosen, scale),
            CHOOSING,
            marker={"symbol": "square"},
            meta=live("epoch", "epoch", chosen, scale),
        ),
        *_watched(detail, figure, scale),
        _best(detail, chosen, scale),
    ]
    # The course's runs had every pixel in its place.
    reference = () if detail.run.permute else detail.reference
    return [*traces, *course_line(reference, figure, scale)]


def _watched(detail: RunDetail, figure: str, scale: int) -> list[Trace]:
    """The test split's curve where it is only looked at."""
    if detail.selection == "test" or not detail.run.config.get("watch_test"):
        return []
    key = f"test_{figure}"
    values, following = _scaled(detail.epochs, key, scale), live("epoch", "epoch", key, scale)
    look = {"line": {"width": 1.5, "dash": "dot"}, "marker": {"symbol": "diamond"}}
    return [_line(detail, _("Test, watched"), _numbers(detail), values, WATCHED, meta=following, **look)]


def _best(detail: RunDetail, chosen: str, scale: int) -> Trace:
    rows = [row for row in detail.epochs if row.epoch == detail.run.best_epoch]
    look = {"symbol": "star", "size": 13, "line": {"width": 1, "color": "#ffffff"}}
    following = live("epoch", "epoch", chosen, scale, replace=True, when="best")
    points = [row.epoch for row in rows], _scaled(rows, chosen, scale)
    return _line(detail, _("Best epoch"), *points, BEST, mode="markers", marker=look, meta=following)


def _line(
    detail: RunDetail, name: str, x: Sequence[float], y: Sequence[float | None], series: int, **more: Any
) -> Trace:
    return line(name, x, y, series=series, run=detail.run.id, **more)


def _alone(figure: Figure) -> Figure:
    """One curve needs no legend: the axis says what it is."""
    figure["layout"] |= {"showlegend": False, "margin": figure["layout"]["margin"] | {"t": 12}}
    return figure


def _numbers(detail: RunDetail) -> list[int]:
    return [row.epoch for row in detail.epochs]


def _scaled(rows: Sequence[Any], key: str, scale: int) -> list[float | None]:
    values = [getattr(row, key) for row in rows]
    return [None if value is None else scale * value for value in values]
