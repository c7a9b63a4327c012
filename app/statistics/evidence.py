"""How sure a finished run's numbers are: intervals, best beside last, and what choosing on the test split adds."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.statistics import mcnemar
from app.statistics.intervals import wilson
from app.statistics.optimism import best_by_test, gap, selection
from app.store.models import Run

EXAMPLE: dict[str, Any] = {
    "selection": "validation",
    "optimistic": False,
    "best_epoch": 8,
    "best_accuracy": 0.9912,
    "test": {"accuracy": 0.9906, "low": 0.9885, "high": 0.9923},
    "last": {"accuracy": 0.9894, "low": 0.9872, "high": 0.9912},
    "only_best": 31,
    "only_last": 19,
    "mcnemar_p": 0.119,
    "best_by_test": 0.9911,
    "optimism_gap": 0.0005,
}


class Measured(BaseModel):
    """An accuracy on the test split with its 95 % interval (Wilson), as fractions."""

    accuracy: float
    low: float
    high: float


class Evidence(BaseModel):
    """What the final test says, and how sure it is. Everything is null before the test, and what was not measured."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    selection: str = Field(description="The split that chose the best checkpoint: validation or test.")
    optimistic: bool = Field(description="Whether the test split chose: its accuracy is then the best of many.")
    best_epoch: int | None
    best_accuracy: float | None = Field(description="Of the best checkpoint, on the selection split.")
    test: Measured | None = Field(description="The best checkpoint on the test split.")
    last: Measured | None = Field(description="The last epoch's weights on the same images.")
    only_best: int | None = Field(description="Test images that only the best checkpoint classifies rightly.")
    only_last: int | None = Field(description="Test images that only the last epoch's weights classify rightly.")
    mcnemar_p: float | None = Field(description="Exact two-sided p of these two counts (McNemar).")
    best_by_test: float | None = Field(description="Best test accuracy of any epoch, where watch_test measured it.")
    optimism_gap: float | None = Field(description="That, less the test accuracy of what validation chose.")

    @classmethod
    def of(cls, session: Session, run: Run) -> "Evidence":
        best, chosen = best_by_test(session, run), selection(run)
        return cls(
            selection=chosen,
            optimistic=chosen == "test",
            best_epoch=run.best_epoch,
            best_accuracy=run.best_accuracy,
            test=_measured(run, run.test_accuracy),
            last=_measured(run, run.last_test_accuracy),
            only_best=run.only_best,
            only_last=run.only_last,
            mcnemar_p=_p(run),
            best_by_test=best if run.test_accuracy is not None else None,
            optimism_gap=gap(best, run.test_accuracy),
        )


def interval(run: Run) -> tuple[float, float] | None:
    """The 95 % interval of the best checkpoint's test accuracy, as fractions; None before the test."""
    measured = _measured(run, run.test_accuracy)
    return (measured.low, measured.high) if measured else None


def _measured(run: Run, accuracy: float | None) -> Measured | None:
    images = run.facts.get("test_images")
    if accuracy is None or not images:
        return None
    low, high = wilson(round(accuracy * images), images)
    return Measured(accuracy=accuracy, low=low, high=high)


def _p(run: Run) -> float | None:
    if run.only_best is None or run.only_last is None:
        return None
    return mcnemar.p_value(run.only_best, run.only_last)
