"""The statistics of groups against published values."""

import pytest

from app.statistics.spread import Spread, spread
from app.statistics.student import quantile


@pytest.mark.parametrize(
    # Published tables; the last as Welch's formula gives them.
    ("freedom", "expected"),
    [
        (1, 12.706204736), (2, 4.302652730), (3, 3.182446305), (4, 2.776445105), (9, 2.262157163),
        (30, 2.042272456), (100, 1.983971519), (1e6, 1.959966357), (2.5, 3.574654842),
    ],
)  # fmt: skip
def test_quantiles_of_students_t(freedom: float, expected: float) -> None:
    assert quantile(freedom) == pytest.approx(expected, rel=1e-9)


def test_the_mean_of_five_runs_and_its_interval() -> None:
    # scipy.stats.ttest_1samp([0.91, 0.92, 0.90, 0.94, 0.93], 0).confidence_interval()
    found = spread([0.91, 0.92, 0.90, 0.94, 0.93])
    assert found and (found.n, found.mean) == (5, pytest.approx(0.92))
    assert found.sd == pytest.approx(0.0158113883)
    assert (found.low, found.high) == (pytest.approx(0.9003675684), pytest.approx(0.9396324316))
    assert found.half == pytest.approx(0.0196324316)


def test_one_run_has_no_interval_and_none_no_mean() -> None:
    assert spread([0.9, None]) == Spread(1, 0.9, None, None, None)
    assert spread([None]) is None
