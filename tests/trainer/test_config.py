"""Every setting is checked, and the message says what is accepted."""

import dataclasses
from typing import Any

import pytest

from trainer.catalog import ARCHITECTURES, DATASETS, resolve
from trainer.config import ConfigError, RunConfig, choices


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("architecture", "alexnet", "known are mlp, cnn, lenet"),
        ("epochs", 0, "at least 1 and at most 1000"),
        ("epochs", 10**9, "at most 1000"),
        ("epochs", "3", "not of type int"),
        ("epochs", True, "not of type int"),
        ("learning_rate", float("nan"), "not a finite number"),
        ("learning_rate", 0.0, "greater than 0"),
        ("momentum", 1.0, "less than 1"),
        ("precision", "fp16", "known are auto, fp32, bf16"),
        ("seed", -1, "at least 0"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_accepted(name: str, value: Any, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        resolve({name: value})
    assert words in refused.value.problems[name]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        resolve({"epochs": 0, "batch_size": 0})
    assert set(refused.value.problems) == {"epochs", "batch_size"}


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="lr: is no setting"):
        resolve({"lr": 0.1})


def test_defaults_come_from_the_catalogue() -> None:
    assert resolve({"architecture": "mlp", "dataset": "mnist"}).optimizer == "sgd"
    assert resolve({"architecture": "vgg11", "dataset": "cifar10"}).augment
    assert resolve({"architecture": "mlp", "dataset": "mnist", "optimizer": "adam"}).optimizer == "adam"


def test_every_catalogue_pair_is_a_valid_configuration() -> None:
    for architecture in ARCHITECTURES:
        for dataset in DATASETS:
            assert resolve({"architecture": architecture, "dataset": dataset}).epochs >= 1


def test_a_configuration_survives_json_and_cannot_be_changed() -> None:
    config = resolve({"architecture": "cnn"})
    assert RunConfig(**config.as_dict()) == config
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.epochs = 3  # type: ignore[misc]


def test_the_catalogue_knows_every_architecture() -> None:
    assert tuple(ARCHITECTURES) == choices("architecture")
