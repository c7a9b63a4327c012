"""The charts of a run: rows in, plain Plotly figures out. Accuracies are drawn in percent, losses in nats."""

from collections.abc import Callable

from app.drawing.figures import Figure, Trace, bars, brief, class_bars, course_line, curves, line, live
from app.language.words import gettext as _
from app.watching.history_traces import ends, offering, scaled, traced, within
from app.watching.observed_charts import gradients, residuals
from app.watching.run_detail import RunDetail
from trainer.config import ConfigError, RunConfig
from trainer.schedules import sampled

TRAIN, CHOOSING, BEST, WATCHED = 0, 1, 2, 3


def loss(detail: RunDetail) -> Figure:
    """Mean cross-entropy: training by step and by epoch, and the split that chooses."""
    figure = curves(_progress(detail, "loss", 1), _("Loss"), epochs=detail.run.epochs, rangemode="tozero")
    return offering(figure, "x", "smoothing", "log")


def accuracy(detail: RunDetail) -> Figure:
    """Accuracy in percent, likewise."""
    traces = _progress(detail, "accuracy", 100)
    figure = curves(traces, _("Accuracy (%)"), epochs=detail.run.epochs, hoverformat=".2f")
    return offering(figure, "x", "smoothing", "band")


def learning_rate(detail: RunDetail) -> Figure:
    """The learning rate as the schedule has it, at each step report, and at each epoch's end: small data sets have no
    step reports."""
    name, key = _("Learning rate"), "learning_rate"
    by_step, by_epoch = live("step", "position", key), live("epoch", "epoch", key)
    running = within(detail, name, scaled(detail.steps, key, 1), 3, mode="lines", meta=by_step)
    closing = ends(detail, name, scaled(detail.epochs, key, 1), 3, mode="markers", meta=by_epoch)
    return _alone(curves([*_planned(detail), running, closing], name, epochs=detail.run.epochs, rangemode="tozero"))


def throughput(detail: RunDetail) -> Figure:
    """Training images per second, an epoch's evaluation not counted."""
    speeds = [row.images_per_second for row in detail.epochs]
    growing = live("epoch", "epoch", "images_per_second")
    trace = ends(detail, _("Images per second"), speeds, 2, meta=growing)
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
    running = within(
        detail,
        _("Train, running"),
        scaled(detail.steps, figure, scale),
        TRAIN,
        # With markers, or the first report of all would not be seen.
        mode="lines+markers",
        line={"width": 1},
        marker={"size": 3},
        opacity=0.6,
        meta=live("step", "position", figure, scale, smooth=True),
    )
    following = live("epoch", "epoch", train, scale, smooth=True)
    trained = ends(detail, _("Train"), scaled(detail.epochs, train, scale), TRAIN, meta=following)
    choosing = ends(
        detail,
        _("Validation") if detail.selection == "validation" else _("Test"),
        scaled(detail.epochs, chosen, scale),
        CHOOSING,
        marker={"symbol": "square"},
        # Of so many images it is the accuracy: the width of its band.
        meta=live("epoch", "epoch", chosen, scale, smooth=True, images=detail.images),
    )
    traces = [running, trained, choosing, *_watched(detail, figure, scale), _best(detail, chosen, scale)]
    # The course's runs had every pixel in its place.
    reference = () if detail.run.permute else detail.reference
    return [*traces, *course_line(reference, figure, scale)]


def _watched(detail: RunDetail, figure: str, scale: int) -> list[Trace]:
    """The test split's curve where it is only looked at."""
    if detail.selection == "test" or not detail.run.config.get("watch_test"):
        return []
    key = f"test_{figure}"
    values, following = scaled(detail.epochs, key, scale), live("epoch", "epoch", key, scale, smooth=True)
    look = {"line": {"width": 1.5, "dash": "dot"}, "marker": {"symbol": "diamond"}}
    return [ends(detail, _("Test, watched"), values, WATCHED, meta=following, **look)]


def _best(detail: RunDetail, chosen: str, scale: int) -> Trace:
    best = [index for index, row in enumerate(detail.epochs) if row.epoch == detail.run.best_epoch]
    look = {"symbol": "star", "size": 13, "line": {"width": 1, "color": "#ffffff"}}
    following = live("epoch", "epoch", chosen, scale, replace=True, when="best")
    values = scaled([detail.epochs[index] for index in best], chosen, scale)
    seconds = [detail.seconds()[index] for index in best]
    x = [detail.epochs[index].epoch for index in best]
    return traced(detail, _("Best epoch"), x, values, seconds, BEST, mode="markers", marker=look, meta=following)


def _planned(detail: RunDetail) -> list[Trace]:
    """Nothing where the configuration is another version's."""
    try:
        rates = [brief(rate) for rate in sampled(RunConfig(**detail.run.config))]
    except (ConfigError, TypeError):
        return []
    x = [round(detail.run.epochs * place / (len(rates) - 1), 4) for place in range(len(rates))]
    look = {"width": 1.5, "dash": "dot"}
    return [line(_("Planned"), x, rates, series=3, mode="lines", line=look, hoverinfo="skip")]


def _alone(figure: Figure) -> Figure:
    """One curve needs no legend: the axis says what it is. Its labels are long: 0.0005, 50,000."""
    figure["layout"] |= {"showlegend": False, "margin": figure["layout"]["margin"] | {"l": 84, "t": 12}}
    return offering(figure, "x")
