"""A comparison as the API gives it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.comparing.outcome import Line
from app.lifecycle.run_public import RunPublic
from app.statistics.deltas import Delta
from app.statistics.spread import Spread
from app.watching.results import ClassResult, EpochPublic

GROUP_EXAMPLE: dict[str, Any] = {
    "id": 1,
    "label": "LeNet-5 on MNIST",
    "runs": [1, 2, 3],
    "shared": {"architecture": "lenet"},
    "test": {"n": 3, "mean": 0.991, "sd": 0.0006, "low": 0.9895, "high": 0.9925},
}


class SpreadPublic(BaseModel):
    """A mean over `n` runs as a fraction, with its standard deviation (n - 1) and 95 % interval (Student's t)."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [GROUP_EXAMPLE["test"]]})

    n: int
    mean: float
    sd: float | None = Field(description="Null of one run.")
    low: float | None
    high: float | None


class DeltaPublic(BaseModel):
    """A difference of accuracies as a fraction with its 95 % interval: over test images, or over runs."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{"value": 0.002, "low": -0.001, "high": 0.005, "over": "runs", "n": [3, 3]}]},
    )

    value: float
    low: float | None = Field(description="Null where nothing says how sure it is.")
    high: float | None
    over: str = Field(description="images: Newcombe's interval; runs: Welch's or the paired t.")
    n: list[int] = Field(description="How many, on either side.")


class GroupPublic(BaseModel):
    """Runs that share some settings, or one run, and what they come to."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [GROUP_EXAMPLE]})

    id: int = Field(description="Its first run: what `baseline` names it by.")
    label: str
    runs: list[int]
    shared: dict[str, Any] = Field(description="The settings that they were put together by.")
    best: SpreadPublic | None = Field(description="Best accuracy on the selection split.")
    test: SpreadPublic | None = Field(description="Test accuracy of the best checkpoints.")
    last: SpreadPublic | None = Field(description="Test accuracy of the last epochs' weights.")
    best_less_last: DeltaPublic | None = Field(description="On the same test images.")
    less_baseline: DeltaPublic | None = Field(description="Test accuracy less the baseline's, where one is named.")

    @classmethod
    def of(cls, line: Line) -> "GroupPublic":
        def spread(one: Spread | None) -> SpreadPublic | None:
            return SpreadPublic.model_validate(one) if one else None

        def delta(one: Delta | None) -> DeltaPublic | None:
            return DeltaPublic(**vars(one) | {"n": list(one.n)}) if one else None

        return cls(
            id=line.id,
            label=line.label,
            runs=line.group.ids,
            shared=line.group.shared,
            best=spread(line.best),
            test=spread(line.test),
            last=spread(line.last),
            best_less_last=delta(line.gap),
            less_baseline=delta(line.delta),
        )


class ComparisonPublic(BaseModel):
    """Runs beside each other; `epochs`, `differing` and `classes` are keyed by run id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runs": [], "differing": {"permute": {"1": True}}, "groups": [GROUP_EXAMPLE]}]}
    )

    runs: list[RunPublic]
    epochs: dict[int, list[EpochPublic]]
    differing: dict[str, dict[int, Any]] = Field(description="Settings that are not the same in all runs.")
    classes: dict[int, ClassResult]
    by: list[str] = Field(description="The settings that runs are put together by; empty: each is a group of its own.")
    groups: list[GroupPublic]
