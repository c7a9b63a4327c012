"""How long runs train that are not through, or not there yet: told from epochs that were measured, where nothing like
it was measured by arithmetic."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any

from app.lifecycle.sizes import Sizes
from app.store.models import Worker
from trainer.anatomy import anatomy, flops
from trainer.config import ConfigError, RunConfig

# What decides how long an epoch takes; of two runs that agree in these, one tells of the other.
TIMED = (
    *("architecture", "dataset", "device", "batch_size", "precision", "deterministic", "augment", "observe"),
    *("watch_test", "hidden", "features", "head", "test_time_flips"),
)
# Large networks use a device better: on two cores ResNet-18 computes 1,333 times as much an image as LeNet and takes
# 438 times as long (docs/performance.md), which is that to the power of 0.85.
GROWTH = 0.85
# An evaluation is the forward pass alone, a third of the work.
EVALUATION = 1 / 3


@dataclass(frozen=True)
class Measured:
    """A run some of whose epochs were timed: median seconds for each training image of an epoch."""

    run: int
    config: Mapping[str, Any]
    gpu: bool
    seconds: float
    # None where an older version told less.
    size: Sizes | None

    @classmethod
    def of(
        cls, run: int, config: Mapping[str, Any], facts: Mapping[str, Any], device: str | None, seconds: Sequence[float]
    ) -> "Measured":
        """`facts` are those of Run.facts; `seconds` took some of its epochs."""
        return cls(run, config, device != "cpu", median(seconds) / facts["train_images"], Sizes.told(facts))

    @cached_property
    def flops(self) -> int | None:
        """Of one image's forward pass; None where another version's configuration does not tell."""
        size = self.size or Sizes.built_in(self.config["dataset"])
        try:
            return flops(anatomy(RunConfig(**self.config), size.shape, size.classes)) if size else None
        except (ConfigError, TypeError):
            return None


@dataclass(frozen=True)
class Estimate:
    """Seconds of an epoch, its evaluation included. `alike`: measured with runs that agree in all that decides it, of
    which `run` is the newest; else that run's, scaled by the arithmetic: rough."""

    seconds: float
    run: int
    alike: bool


class Pace:
    """How fast the workers there are train, by runs that were measured."""

    def __init__(self, measured: Iterable[Measured], workers: Sequence[Worker]) -> None:
        """`measured`, the newest first. Without workers the speed of any device is told."""
        self._measured = [(_alike(one.config), one) for one in measured]
        self._workers = workers
        self._told: dict[tuple[Any, ...], float | None] = {}

    def seconds(self, values: Mapping[str, Any], epochs: int) -> float | None:
        """How long so many epochs of a run take, by its whole configuration; None where nothing tells."""
        key = (*_alike(values), values.get("validation_fraction"))
        # Most of those that wait differ in a seed or a learning rate.
        if key not in self._told:
            self._told[key] = self._epoch(values)
        one = self._told[key]
        return None if one is None else one * epochs

    def estimate(self, config: RunConfig, size: Sizes) -> Estimate | None:
        """Of an epoch; None where nothing was measured on a device that may train it."""
        gpus = {worker.gpu and config.device != "cpu" for worker in self._workers if able(worker, config)}
        known = [(key, one) for key, one in self._measured if one.gpu in (gpus or (True, False))]
        images = size.trained(config) + size.evaluated(config) * EVALUATION
        same = _alike(config.as_dict())
        if alike := [one for key, one in known if key == same]:
            return Estimate(median(one.seconds for one in alike) * images, alike[0].run, True)
        work = flops(anatomy(config, size.shape, size.classes))
        # Networks that compute about as much use a device about as well, so that the nearest one is asked.
        ratios = [(work / one.flops, one) for _, one in known if one.flops]
        if not ratios:
            return None
        ratio, nearest = min(ratios, key=lambda pair: abs(math.log(pair[0])))
        return Estimate(nearest.seconds * ratio**GROWTH * images, nearest.run, False)

    def _epoch(self, values: Mapping[str, Any]) -> float | None:
        size = Sizes.built_in(values["dataset"]) or self._size(values["dataset"])
        try:
            told = self.estimate(RunConfig(**values), size) if size else None
        except (ConfigError, TypeError):  # of another version
            return None
        return told.seconds if told else None

    def _size(self, dataset: str) -> Sizes | None:
        """As the newest run on a data set of somebody's own told it."""
        return next((one.size for _, one in self._measured if one.config["dataset"] == dataset and one.size), None)


def able(worker: Worker, config: RunConfig) -> bool:
    """Whether it may train such a run."""
    return worker.gpu or config.device != "cuda"


def _alike(config: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(config.get(name) for name in TIMED)
