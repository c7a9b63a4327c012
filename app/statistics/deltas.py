"""Differences of accuracies with their 95 % intervals: of two runs, of two groups of runs, of a run's best and last."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance
from typing import Literal

from app.statistics.intervals import newcombe, newcombe_paired
from app.statistics.spread import spread
from app.statistics.student import quantile
from app.store.models import Run


@dataclass(frozen=True)
class Delta:
    """A difference as a fraction; without an interval where nothing says how sure it is."""

    value: float
    low: float | None = None
    high: float | None = None
    # What the interval is of: other test images for these very weights, or other seeds.
    over: Literal["images", "runs"] = "images"
    # How many of them, on either side where they are not the same.
    n: tuple[int, ...] = ()

    @property
    def unclear(self) -> bool:
        """Whether it may as well be the other way round."""
        return self.low is not None and self.high is not None and self.low <= 0 <= self.high


def against(runs: Sequence[Run], baseline: Sequence[Run]) -> Delta | None:
    """The mean test accuracy of `runs` less that of `baseline`; None before both are tested."""
    one, other = ([run for run in some if run.test_accuracy is not None] for some in (runs, baseline))
    if not one or not other:
        return None
    if len(one) == len(other) == 1:
        return _of_two(one[0], other[0])
    return of_means([run.test_accuracy or 0.0 for run in one], [run.test_accuracy or 0.0 for run in other])


def of_means(one: Sequence[float], other: Sequence[float]) -> Delta:
    """Mean less mean of two samples of which at least one has two values or more.

    Both have: Welch's t, which lets their spreads differ. A value alone has no spread; it is given the other's.
    """
    value, n = fmean(one) - fmean(other), (len(one), len(other))
    errors = [variance(some) / len(some) for some in (one, other) if len(some) > 1]
    if len(errors) < 2:
        many = max(one, other, key=len)
        half = quantile(len(many) - 1) * sqrt(variance(many) * (1 + 1 / len(many)))
    elif (error := sum(errors)) == 0:
        half = 0.0
    else:
        parts = zip(errors, n, strict=True)
        freedom = error**2 / sum(part**2 / (size - 1) for part, size in parts)
        half = quantile(freedom) * sqrt(error)
    return Delta(value, value - half, value + half, "runs", n)


def best_less_last(runs: Sequence[Run]) -> Delta | None:
    """The best checkpoint less the last epoch's weights, on the same test images; None before that is measured."""
    measured = [run for run in runs if run.test_accuracy is not None and run.last_test_accuracy is not None]
    if not measured:
        return None
    differences = [(run.test_accuracy or 0.0) - (run.last_test_accuracy or 0.0) for run in measured]
    if len(measured) == 1:
        return _paired(measured[0], differences[0])
    found = spread(differences)
    return Delta(found.mean, found.low, found.high, "runs", (found.n,)) if found else None


def _of_two(one: Run, other: Run) -> Delta:
    value = (one.test_accuracy or 0.0) - (other.test_accuracy or 0.0)
    images = [int(run.facts.get("test_images") or 0) for run in (one, other)]
    if one is other or not all(images):
        return Delta(value)
    right = [round((run.test_accuracy or 0.0) * total) for run, total in zip((one, other), images, strict=True)]
    low, high = newcombe(right[0], images[0], right[1], images[1])
    return Delta(value, low, high, "images", tuple(dict.fromkeys(images)))


def _paired(run: Run, value: float) -> Delta:
    images = run.facts.get("test_images")
    if run.best_epoch == run.epochs or not images or run.only_best is None or run.only_last is None:
        return Delta(value)
    both = round((run.test_accuracy or 0.0) * images) - run.only_best
    low, high = newcombe_paired(both, run.only_best, run.only_last, images - both - run.only_best - run.only_last)
    return Delta(value, low, high, "images", (images,))
