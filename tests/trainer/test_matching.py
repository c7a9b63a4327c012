"""The width that is found is the nearest of all."""

import pytest

from trainer.anatomy import anatomy, parameters
from trainer.catalog import resolve
from trainer.config import ConfigError
from trainer.matching import matched

GREY = (1, 28, 28)


def count(architecture: str, **settings: object) -> int:
    return parameters(anatomy(resolve({"architecture": architecture, "dataset": "mnist", **settings}), GREY, 10))


@pytest.mark.parametrize(("architecture", "width"), [("mlp", "hidden"), ("cnn", "features")])
@pytest.mark.parametrize("target", [1, 6_442, 61_706, 100_000])
def test_no_other_width_is_nearer(architecture: str, width: str, target: int) -> None:
    config = resolve({"architecture": architecture, "dataset": "mnist"})
    found = getattr(matched(config, GREY, 10, target), width)
    distances = {size: abs(count(architecture, **{width: size}) - target) for size in range(1, 200)}
    assert distances[found] == min(distances.values())


def test_the_course_pair_is_found_from_either_side() -> None:
    mlp, cnn = (resolve({"architecture": name, "dataset": "mnist"}) for name in ("mlp", "cnn"))
    assert matched(cnn, GREY, 10, count("mlp")).features == 6
    assert matched(mlp, GREY, 10, count("cnn")).hidden == 8


def test_a_target_beyond_the_widest_gives_the_widest() -> None:
    assert matched(resolve({"architecture": "mlp", "dataset": "mnist"}), GREY, 10, 10**12).hidden == 4096


def test_a_network_without_a_width_names_those_with_one() -> None:
    with pytest.raises(ConfigError, match="resnet18 has no width to choose; those with one are mlp, cnn"):
        matched(resolve({"architecture": "resnet18"}), GREY, 10, 1000)
