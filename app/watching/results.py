"""What a run has to show, as the API gives it: epochs, steps, per-class accuracies, confusion matrices."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.statistics.intervals import wilson
from app.statistics.optimism import selection
from app.store.models import Epoch, Run

EPOCH_EXAMPLE: dict[str, Any] = {
    "epoch": 1,
    "train_loss": 0.31,
    "train_accuracy": 0.91,
    "validation_loss": 0.09,
    "validation_accuracy": 0.973,
    "test_loss": None,
    "test_accuracy": None,
    "learning_rate": 0.001,
    "seconds": 4.2,
    "images_per_second": 12857.0,
}


class EpochPublic(BaseModel):
    """One finished epoch; the split that was not evaluated is null. Losses in nats, accuracies as fractions."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EPOCH_EXAMPLE]})

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float


class StepPublic(BaseModel):
    """One report from within an epoch: mean loss since the last one, running accuracy since the epoch began. What an
    observer saw in that very step is null where the run has none."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "epoch": 1,
                    "step": 100,
                    "loss": 0.94,
                    "accuracy": 0.705,
                    "learning_rate": 0.001,
                    "gradient_norms": {"0": 0.21, "3.conv1": 0.34},
                    "residual_ratios": {"3": 0.62},
                }
            ]
        },
    )

    epoch: int
    step: int
    loss: float
    accuracy: float
    learning_rate: float
    gradient_norms: dict[str, float] | None = Field(description="Layer -> L2 norm of its gradient.")
    residual_ratios: dict[str, float] | None = Field(description="Residual block -> mean of |F(x)| / |x|.")


class ClassAccuracy(BaseModel):
    """How often images of one class were recognised; `low` and `high` bound the 95 % interval (Wilson)."""

    name: str
    correct: int
    total: int
    accuracy: float | None = Field(description="Null where the split has no image of the class.")
    low: float
    high: float


CLASSES_EXAMPLE: dict[str, Any] = {
    "split": "test",
    "epoch": 8,
    "classes": [{"name": "plane", "correct": 816, "total": 1000, "accuracy": 0.816, "low": 0.791, "high": 0.839}],
}


class ClassResult(BaseModel):
    """Per-class accuracies, with the split and the epoch they are from."""

    model_config = ConfigDict(json_schema_extra={"examples": [CLASSES_EXAMPLE]})

    split: str
    epoch: int | None
    classes: list[ClassAccuracy]


class ConfusionResult(BaseModel):
    """`matrix[i][j]` counts images of class i that were taken for class j."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"split": "test", "epoch": 8, "classes": ["cat", "dog"], "matrix": [[90, 10], [20, 80]]}]
        }
    )

    split: str
    epoch: int | None
    classes: list[str]
    matrix: list[list[int]]


def confusion_of(run: Run, epoch: Epoch | None) -> ConfusionResult:
    """The best checkpoint's on the test split when it was tested, else `epoch`'s on the selection split."""
    if epoch is None and run.confusion:
        split, number, matrix = "test", run.best_epoch, run.confusion
    else:
        split, number, matrix = selection(run), epoch.epoch if epoch else None, epoch.confusion if epoch else []
    return ConfusionResult(split=split, epoch=number, classes=class_names(run, len(matrix)), matrix=matrix)


def class_names(run: Run, count: int) -> list[str]:
    """As the data set calls them; numbers until the run has told."""
    return [str(name) for name in run.facts.get("classes", range(count))]


def classes_of(result: ConfusionResult) -> ClassResult:
    """The diagonal of the confusion matrix against its rows."""
    classes = [
        _accuracy(name, row, index)
        for index, (name, row) in enumerate(zip(result.classes, result.matrix, strict=False))
    ]
    return ClassResult(split=result.split, epoch=result.epoch, classes=classes)


def _accuracy(name: str, row: Sequence[int], index: int) -> ClassAccuracy:
    correct, total = row[index], sum(row)
    low, high = wilson(correct, total)
    return ClassAccuracy(
        name=name, correct=correct, total=total, accuracy=correct / total if total else None, low=low, high=high
    )
