"""Every recipe can be launched, and the recipes of speed are named beside the plain ones."""

import pytest

from app.launching.recipes import RECIPES, submissions
from trainer.catalog import resolve


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_a_valid_configuration(name: str) -> None:
    assert all(resolve(values) for _, values in RECIPES[name].runs)
    assert [run.name for run in submissions(RECIPES[name])] == [label for label, _ in RECIPES[name].runs]


@pytest.mark.parametrize(("name", "architecture"), [("fast-vgg", "fastvgg"), ("fast-resnet", "resnet9")])
def test_a_recipe_of_speed_trains_on_everything_with_its_tricks(name: str, architecture: str) -> None:
    ((_, values),) = RECIPES[name].runs
    config = resolve(values)
    assert (config.architecture, config.validation_fraction) == (architecture, 0.0)
    assert config.augment and config.nesterov and config.test_time_flips
    assert min(config.ema, config.label_smoothing) > 0
    assert config.bias_rate > 1


def test_the_plain_recipes_keep_to_the_course() -> None:
    for name in ("lenet-mnist", "permutation", "vgg-cifar10", "resnet-cifar10"):
        for _, values in RECIPES[name].runs:
            config = resolve(values)
            assert (config.ema, config.test_time_flips, config.nesterov, config.bias_rate) == (0.0, False, False, 1.0)
