"""The few points that a run keeps of its curve."""

import random

from app.store.curve import POINTS, thinned


def test_long_runs_are_thinned_and_keep_first_best_and_last() -> None:
    accuracies = {epoch: epoch / 2000 for epoch in range(1, 778)} | {400: 0.9}
    found = thinned(accuracies, 777)
    assert len(found) <= POINTS + 3
    assert {(1, 1 / 2000), (400, 0.9), (777, 777 / 2000)} <= set(found)
    assert found == sorted(found)


def test_a_short_run_keeps_every_epoch_and_a_new_one_has_none() -> None:
    assert thinned({1: 0.5, 2: 0.7, 3: 0.7}, 3) == [(1, 0.5), (2, 0.7), (3, 0.7)]
    assert thinned({}, 3) == []


def test_the_earliest_of_equals_is_the_best() -> None:
    assert (3, 0.9) in thinned({1: 0.5, 3: 0.9, 5: 0.9, 7: 0.1}, 1000)
    assert (5, 0.9) not in thinned({1: 0.5, 3: 0.9, 5: 0.9, 7: 0.1}, 1000)


def test_a_curve_that_grows_epoch_by_epoch_ends_as_one_that_is_thinned_at_once() -> None:
    draw = random.Random(0)
    accuracies = {epoch: round(draw.random(), 2) for epoch in range(1, 301)}
    grown = thinned({}, 300)
    for epoch, accuracy in accuracies.items():
        grown = thinned({**dict(grown), epoch: accuracy}, 300)
    assert grown == thinned(accuracies, 300)
