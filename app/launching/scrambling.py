"""How a preview scrambles the pixels: what a form has said so far, as the configuration that a run would have."""

from collections.abc import Mapping
from typing import Any

from app.launching.datasets import SCRAMBLING, Dataset
from trainer.config import FIELDS, TYPES, ConfigError, RunConfig
from trainer.scope import block_problem


def read(sent: Mapping[str, str], dataset: Dataset) -> RunConfig:
    """The configuration that scrambles as a form says; of a list or a range of values, the first one counts.

    Settings that do nothing beside the others are left out. Raises ConfigError naming the field.
    """
    values = {name: _first(sent[name]) for name in SCRAMBLING if sent.get(name, "").strip()}
    if values.pop("permute", "") != "true":
        return RunConfig(dataset=dataset.name)
    if values.get("permutation", FIELDS["permutation"].default) not in ("blocks", "within"):
        values.pop("permutation_block", None)
    typed = {name: _typed(name, text) for name, text in values.items()}
    config = RunConfig(dataset=dataset.name, permute=True, **typed)
    check(config, dataset)
    return config


def check(config: RunConfig, dataset: Dataset) -> None:
    """Raises ConfigError where the permutation's blocks do not fill the images."""
    if config.cut and dataset.facts:
        problem = block_problem(config.permutation_block, *dataset.facts.shape[1:])
        if problem:
            raise ConfigError({"permutation_block": problem})


def _first(text: str) -> str:
    """ "4, 7", "4..7" and "4:7" -> "4"."""
    for mark in (",", "..", ":"):
        text = text.partition(mark)[0]
    return text.strip()


def _typed(name: str, text: str) -> Any:
    if TYPES[name] not in (int, float):
        return text
    try:
        return TYPES[name](text)
    except ValueError:
        raise ConfigError({name: f"{text!r} is no number"}) from None
