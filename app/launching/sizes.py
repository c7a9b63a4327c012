"""What a data set gives a network, told without reading its images; and whether the two go together."""

from pathlib import Path

from app.launching.datasets import Dataset
from app.lifecycle.sizes import Sizes
from trainer.catalog import ARCHITECTURES
from trainer.config import ConfigError, RunConfig
from trainer.scope import block_problem


def sizes(name: str, data_folder: Path) -> Sizes | None:
    """From the catalogue, or for a file in the data folder from its header and its labels; None where neither tells."""
    if known := Sizes.built_in(name):
        return known
    facts = Dataset(name, data_folder).facts
    if facts is None:
        return None
    return Sizes(facts.shape, len(facts.classes), facts.train_images, facts.test_images, facts.train_counts)


def check(config: RunConfig, found: Sizes) -> None:
    """Raises ConfigError where the network or the permutation cannot take the images."""
    info, sides = ARCHITECTURES[config.architecture], found.shape[1:]
    if min(sides) < info.minimum_side:
        least = f"{info.title} needs images of at least {info.minimum_side} pixels a side"
        raise ConfigError({"architecture": f"{least}; those of {config.dataset} are {sides[0]}x{sides[1]}"})
    problem = block_problem(config.permutation_block, *sides) if config.cut else None
    if problem:
        raise ConfigError({"permutation_block": problem})
