"""What there is to choose from, and a whole configuration from what somebody chose. Standard library only."""

from collections.abc import Mapping
from typing import Any

from trainer.architectures import ARCHITECTURES as ARCHITECTURES
from trainer.config import FIELDS, ConfigError, RunConfig
from trainer.datasets import DATASETS as DATASETS
from trainer.scope import block_problem


def defaults(architecture: str, dataset: str) -> dict[str, Any]:
    """The catalogue's values for this pair; the data set's win where both name one. Unknown names add nothing."""
    chosen: dict[str, Any] = {"architecture": architecture, "dataset": dataset}
    for table in (ARCHITECTURES.get(architecture), DATASETS.get(dataset)):
        chosen |= dict(table.defaults) if table else {}
    return chosen


def resolve(values: Mapping[str, Any]) -> RunConfig:
    """A whole configuration from the values somebody gave, the catalogue's defaults for the rest.

    Raises ConfigError naming every unknown key and every value that is not accepted, blocks that do not fill the
    images of a built-in data set included.
    """
    unknown = {key: f"is no setting; known are {', '.join(FIELDS)}" for key in values if key not in FIELDS}
    if unknown:
        raise ConfigError(unknown)
    architecture = values.get("architecture", FIELDS["architecture"].default)
    dataset = values.get("dataset", FIELDS["dataset"].default)
    config = RunConfig(**(defaults(architecture, dataset) | dict(values)))
    info = DATASETS.get(config.dataset)
    if info and config.cut and (problem := block_problem(config.permutation_block, *info.shape[1:])):
        raise ConfigError({"permutation_block": problem})
    return config
