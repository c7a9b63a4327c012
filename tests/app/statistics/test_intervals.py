"""Intervals of differences: published examples, and that they hold as often as they say."""

from itertools import product
from math import comb

import pytest

from app.statistics.deltas import Delta, against, best_less_last, of_means
from app.statistics.intervals import newcombe, newcombe_paired
from app.store.models import Run


def test_the_published_example_of_two_proportions() -> None:
    # Newcombe, Statistics in Medicine 17, 873 (1998), table II, method 10: 56/70 and 48/80.
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_ends_swap_and_change_sign_with_the_order() -> None:
    low, high = newcombe(48, 80, 56, 70)
    assert (-high, -low) == pytest.approx(newcombe(56, 70, 48, 80))
    low, high = newcombe_paired(30, 2, 9, 59)
    assert (-high, -low) == pytest.approx(newcombe_paired(30, 9, 2, 59))


def test_images_that_both_get_right_make_a_difference_surer() -> None:
    low, high = newcombe_paired(9850, 40, 20, 90)
    apart = newcombe(9890, 10_000, 9870, 10_000)
    assert 0.0 < (high - low) < (apart[1] - apart[0]) * 0.7
    assert low < 0.002 < high


def test_the_paired_interval_holds_about_as_often_as_it_says() -> None:
    """Every outcome of 20 images, weighed by its probability; both right, only one, only the other, neither."""
    shares = (0.6, 0.2, 0.1, 0.1)
    held, images = 0.0, 20
    for both, one, other in product(range(images + 1), repeat=3):
        if (neither := images - both - one - other) < 0:
            continue
        ways = comb(images, both) * comb(images - both, one) * comb(images - both - one, other)
        chance = ways * shares[0] ** both * shares[1] ** one * shares[2] ** other * shares[3] ** neither
        low, high = newcombe_paired(both, one, other, neither)
        held += chance * (low <= shares[1] - shares[2] <= high)
    assert 0.94 < held < 0.99


def test_welch_lets_the_spreads_differ() -> None:
    # scipy.stats.ttest_ind([1, 2, 3, 4, 5], [2, 2.5, 3.5], equal_var=False).confidence_interval()
    found = of_means([1, 2, 3, 4, 5], [2, 2.5, 3.5])
    assert (found.low, found.high) == (pytest.approx(-1.7121034), pytest.approx(2.3787701))
    assert (found.over, found.n, found.unclear) == ("runs", (5, 3), True)


def test_a_run_alone_is_given_the_spread_of_the_group_beside_it() -> None:
    found = of_means([0.5], [0.9, 0.91, 0.92])
    assert found.value == pytest.approx(-0.41)
    # t(0.975, 2) * 0.01 * sqrt(1 + 1/3)
    assert (found.high or 0) - found.value == pytest.approx(4.302653 * 0.01 * (4 / 3) ** 0.5)
    assert of_means([0.5, 0.5], [0.4, 0.4]) == Delta(
        pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1), "runs", (2, 2)
    )  # type: ignore[arg-type]


def a_tested(accuracy: float | None, **values: object) -> Run:
    facts = {"test_images": 1000}
    kinds = {"architecture": "lenet", "dataset": "digits", "permute": False, "epochs": 9, "best_epoch": 3}
    return Run(config={}, facts=facts, test_accuracy=accuracy, **(kinds | values))


def test_two_runs_differ_as_far_as_the_test_images_tell() -> None:
    found = against([a_tested(0.95)], [a_tested(0.94)])
    assert found and (found.over, found.n, found.unclear) == ("images", (1000,), True)
    assert against([a_tested(0.95), a_tested(None)], [a_tested(0.90)]).unclear is False  # type: ignore[union-attr]
    assert against([a_tested(None)], [a_tested(0.9)]) is None


def test_best_less_last_is_paired_and_nothing_where_they_are_the_same_weights() -> None:
    pair = {"last_test_accuracy": 0.93, "only_best": 25, "only_last": 5}
    found = best_less_last([a_tested(0.95, **pair)])
    assert found and found.value == pytest.approx(0.02) and not found.unclear
    same = {"last_test_accuracy": 0.95, "only_best": 0, "only_last": 0, "best_epoch": 9}
    assert best_less_last([a_tested(0.95, **same)]) == Delta(0.0)
    several = best_less_last([a_tested(0.95, **pair), a_tested(0.93, **pair), a_tested(0.94, **pair)])
    assert several and (several.over, several.n) == ("runs", (3,))
    assert best_less_last([a_tested(0.9)]) is None
