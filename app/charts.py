"""The charts of a run: rows in, plain Plotly figures out. Accuracies are drawn in percent, losses in nats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.comparison_charts import COMPARE_FIGURES
from app.figures import Figure, Trace, bars, class_bars, course_line, curves, line, live
from app.models import Epoch, Run, Step
from app.words import gettext as _

__all__ = ["COMPARE_FIGURES", "FIGURES", "RunDetail"]

TRAIN, CHOOSING, BEST = 0, 1, 2


@dataclass(frozen=True)
class RunDetail:
    """A run with its history; `reference` has the course's rows for the same architecture and data set, if any."""

    run: Run
    epochs: Sequence[Epoch]
    steps: Sequence[Step] = ()
    # Keys: epoch, train_loss, train_accuracy, test_loss, test_accuracy; accuracies as fractions.
    reference: Sequence[Mapping[str, Any]] = ()

    @property
    def selection(self) -> str:
        """The split that chooses the best checkpoint: "validation" or "test"."""
        known = self.run.facts.get("selection")
        return str(known or ("validation" if self.run.config.get("validation_fraction") else "test"))

    @property
    def classes(self) -> list[str]:
        """The classes' names, as far as the run has told them."""
        return [str(name) for name in self.run.facts.get("classes", ())]

    @property
    def confusion(self) -> list[list[int]] | None:
        """Of the best checkpoint on the test split; before the end that of the latest epoch."""
        return self.run.confusion or (self.epochs[-1].confusion if self.epochs else None)

    def positions(self) -> list[float]:
        """Where the step reports lie on the epoch axis."""
        steps_per_epoch = self.run.facts.get("steps_per_epoch") or 1
        return [row.epoch - 1 + row.step / steps_per_epoch for row in self.steps]


def loss(detail: RunDetail) -> Figure:
    """Mean cross-entropy: training by step and by epoch, and the split that chooses."""
    return curves(_progress(detail, "loss", 1), _("Loss"), epochs=detail.run.epochs, rangemode="tozero")


def accuracy(detail: RunDetail) -> Figure:
    """Accuracy in percent, likewise."""
    return curves(_progress(detail, "accuracy", 100), _("Accuracy (%)"), epochs=detail.run.epochs)


def learning_rate(detail: RunDetail) -> Figure:
    """The learning rate at each step report."""
    rates = [row.learning_rate for row in detail.steps]
    growing = live("step", "position", "learning_rate")
    trace = _line(detail, _("Learning rate"), detail.positions(), rates, 3, mode="lines", meta=growing)
    return _alone(curves([trace], _("Learning rate"), epochs=detail.run.epochs, rangemode="tozero"))


def throughput(detail: RunDetail) -> Figure:
    """Training images per second, an epoch's evaluation not counted."""
    speeds = [row.images_per_second for row in detail.epochs]
    growing = live("epoch", "epoch", "images_per_second")
    trace = _line(detail, _("Images per second"), _numbers(detail), speeds, 2, meta=growing)
    return _alone(curves([trace], _("Images per second"), epochs=detail.run.epochs, rangemode="tozero"))


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
            opacity=0.45,
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
        _best(detail, chosen, scale),
    ]
    # The course's runs had every pixel in its place.
    reference = () if detail.run.permute else detail.reference
    return [*traces, *course_line(reference, figure, scale)]


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
