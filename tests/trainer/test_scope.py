"""Settings that have nothing to say beside the others are refused, with the reason."""

from typing import Any

import pytest

from trainer.catalog import resolve
from trainer.config import FIELDS, ConfigError, RunConfig, choices
from trainer.scope import BELONGS, FAMILIES, NEEDS, matters

BLOCKS = {"permute": True, "permutation": "blocks"}


@pytest.mark.parametrize(
    ("values", "name", "words"),
    [
        ({"architecture": "resnet18", "hidden": 32}, "hidden", "a setting of mlp; resnet18 has none. Leave it at 8"),
        ({"architecture": "mlp", "features": 3}, "features", "a setting of cnn; mlp has none"),
        ({"architecture": "mlp", "head": "conv1x1"}, "head", "vgg19, resnet18"),
        ({"architecture": "resnet18", "batch_norm": False}, "batch_norm", "vgg11, vgg13, vgg16, vgg19; resnet18 has"),
        ({"architecture": "resnet9", "dropout": 0.5}, "dropout", "resnet9 has none. Leave it at 0.0"),
        ({"permutation": "rows"}, "permutation", "only with permute on, and that is off"),
        ({"permutation_block": 7}, "permutation_block", "only with permute on, and that is off"),
        ({"permutation_fraction": 0.5}, "permutation_fraction", "only with permute on"),
        ({"permute": True, "permutation_block": 7}, "permutation_block", "permutation blocks or within, and that is f"),
        (BLOCKS | {"permutation_block": 5}, "permutation_block", "5x5 pixels do not fill images of 28x28; sides that"),
        (BLOCKS | {"permutation_block": 7, "dataset": "cifar10"}, "permutation_block", "are 1, 2, 4, 8, 16, 32"),
        ({"permutation": "spiral", "permute": True}, "permutation", "known are full, blocks, within, rows"),
        ({"permute": True, "permutation_fraction": 1.5}, "permutation_fraction", "at least 0 and at most 1"),
        ({"dropout": 1.0}, "dropout", "less than 1"),
    ],
)
def test_an_unknown_combination_is_refused_with_the_reason(values: dict[str, Any], name: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        resolve(values)
    assert set(refused.value.problems) == {name}
    assert words in refused.value.problems[name]


def test_every_setting_at_its_default_goes_with_every_architecture() -> None:
    usual = {name: FIELDS[name].default for name in (*BELONGS, *NEEDS)}
    for architecture in choices("architecture"):
        resolve(usual | {"architecture": architecture})


def test_a_configuration_of_an_older_version_means_what_it_meant() -> None:
    old = {
        name: value for name, value in resolve({"permute": True}).as_dict().items() if name not in (*BELONGS, *NEEDS)
    }
    assert RunConfig(**old) == resolve({"permute": True})


def test_a_block_of_one_s_own_data_set_is_left_to_the_start() -> None:
    assert resolve(BLOCKS | {"dataset": "mine", "permutation_block": 5}).permutation_block == 5


def test_the_network_is_built_with_its_own_settings_only() -> None:
    assert resolve({"architecture": "mlp", "hidden": 3}).network() == {"hidden": 3, "dropout": 0.0}
    assert resolve({"architecture": "fastvgg"}).network() == {}


def test_the_tables_name_architectures_and_settings_that_exist() -> None:
    assert [name for family in FAMILIES.values() for name in family] == list(choices("architecture"))
    assert {name for names in BELONGS.values() for name in names} <= set(choices("architecture"))
    for setting, needed in NEEDS.items():
        assert {setting, *needed} <= set(FIELDS)


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"architecture": "lenet"}, {"head", "dropout"}),
        ({"architecture": "mlp"}, {"hidden", "dropout"}),
        (BLOCKS | {"architecture": "fastvgg"}, {"permutation", "permutation_block", "permutation_fraction"}),
        ({"architecture": "resnet9", "permute": True}, {"permutation", "permutation_fraction"}),
    ],
)
def test_a_setting_matters_where_the_network_has_it_and_what_it_needs_is_set(
    values: dict[str, Any], settings: set[str]
) -> None:
    config = RunConfig(**values).as_dict()
    assert {name for name in (*BELONGS, *NEEDS) if matters(name, config)} == settings
