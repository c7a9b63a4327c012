"""Runs are put together by what they share, and called by what tells them apart."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.comparing.grouping import grouped, key, labels, parse
from app.store.models import Run
from trainer.catalog import resolve
from trainer.config import ConfigError


def a_run(number: int, name: str = "", **values: Any) -> Run:
    config = resolve({"dataset": "digits"} | values)
    kinds = {"architecture": config.architecture, "dataset": config.dataset, "permute": config.permute}
    return Run(id=number, name=name, config=config.as_dict(), epochs=config.epochs, **kinds)


def ids(runs: list[Run], by: str) -> list[list[int]]:
    return [group.ids for group in grouped(runs, parse(by))]


def called(runs: list[Run], settings: Sequence[str]) -> list[str]:
    return labels([group.named for group in grouped(runs, settings)])


def test_runs_that_differ_in_the_seed_alone_are_one_experiment() -> None:
    runs = [a_run(1), a_run(2, dropout=0.5), a_run(3, seed=1), a_run(4, seed=2, watch_test=True)]
    assert ids(runs, "seed") == [[1, 3, 4], [2]]
    assert ids(runs, "") == [[1], [2], [3], [4]]


def test_runs_are_put_together_by_any_settings() -> None:
    runs = [a_run(1, permute=True), a_run(2, architecture="mlp"), a_run(3, epochs=7), a_run(4, architecture="mlp")]
    assert ids(runs, "architecture") == [[1, 3], [2, 4]]
    assert ids(runs, "architecture, permute") == [[1], [2, 4], [3]]


def test_a_run_from_before_a_setting_was_there_has_its_default() -> None:
    old = a_run(1)
    del old.config["dropout"]
    assert ids([old, a_run(2, seed=1)], "seed") == [[1, 2]]
    assert key({}, ["dropout"]) == (0.0,)


@pytest.mark.parametrize("by", ["rain", "architecture,seed"])
def test_what_is_no_setting_is_refused_with_what_would_do(by: str) -> None:
    with pytest.raises(ConfigError, match=r"by: '(rain|seed)' is not accepted; .*architecture"):
        parse(by)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("seed", ["LeNet-5 on Digits", "LeNet-5 on Digits, permuted"]),
        ("permute", ["not permuted", "permuted"]),
        ("dataset,dropout", ["Digits, Dropout 0", "Digits, Dropout 0.5"]),
        ("batch_size", ["Batch size 64"]),
    ],
)
def test_a_group_is_called_by_what_tells_it_from_the_others(by: str, expected: list[str]) -> None:
    runs = [a_run(1), a_run(2, dropout=0.5, permute=True), a_run(3, seed=1)]
    assert called(runs, parse(by)) == expected


def test_settings_are_named_where_what_is_trained_does_not_tell_groups_apart() -> None:
    runs = [a_run(1), a_run(2, dropout=0.5), a_run(3, architecture="mlp", learning_rate=0.5)]
    expected = ["LeNet-5 on Digits, Dropout 0", "LeNet-5 on Digits, Dropout 0.5", "MLP on Digits"]
    assert called(runs, parse("seed")) == expected


def test_the_name_that_its_runs_share_comes_first() -> None:
    runs = [a_run(1, name="base"), a_run(2, name="base", seed=1), a_run(3, name="big", dropout=0.1)]
    assert called(runs, parse("seed")) == ["base", "big"]
    runs[2].name = "base"
    assert called(runs, parse("seed")) == ["base, Dropout 0", "base, Dropout 0.1"]
    assert called(runs, ()) == ["base (1)", "base (2)", "base (3)"]
