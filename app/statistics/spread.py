"""What several runs of one experiment say together: mean, standard deviation, and how sure the mean is."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, sqrt

from app.statistics.student import quantile


@dataclass(frozen=True)
class Spread:
    """`n` values in their own unit; one value alone has no standard deviation and no interval (None)."""

    n: int
    mean: float
    # Of the values, with n - 1.
    sd: float | None
    # Bounds of the 95 % interval of the mean (Student's t with n - 1 degrees of freedom).
    low: float | None
    high: float | None

    @property
    def half(self) -> float | None:
        """Half the interval's width: mean ± half."""
        return None if self.high is None else self.high - self.mean


def spread(values: Iterable[float | None]) -> Spread | None:
    """Of those values that are there; None where none is."""
    present = [value for value in values if value is not None]
    if not present:
        return None
    mean = fsum(present) / len(present)
    if len(present) == 1:
        return Spread(1, mean, None, None, None)
    # statistics.stdev computes with fractions: ten times as long, and a page has thousands of these.
    sd = sqrt(fsum((value - mean) ** 2 for value in present) / (len(present) - 1))
    half = quantile(len(present) - 1) * sd / sqrt(len(present))
    return Spread(len(present), mean, sd, mean - half, mean + half)
