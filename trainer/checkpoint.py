"""A run's checkpoints: `best.safetensors` for people, `last.pt` to resume from, `previous.pt` in case that is damaged.

The first holds weights and everything needed to use them; the others also the optimiser, and are read by this
program alone. All are written to a temporary file, synced and renamed: a full disk never destroys the old ones.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from trainer.config import ConfigError, RunConfig
from trainer.errors import CheckpointDamaged, CheckpointMismatch
from trainer.folder import BEST, LAST, PREVIOUS, RunFolder
from trainer.models import build

# Changes when the content of last.pt does; an older file is not resumed from.
VERSION = 4


class Middle(TypedDict):
    """How far a training has come in an epoch that is not finished; the weights are those after `step` steps."""

    step: int
    # float32 (steps an epoch,), of the steps so far; and images classified rightly, int64 ().
    losses: Tensor
    hits: Tensor
    seconds: float
    # State of the generator that dropout draws from; empty without dropout.
    dropout: Tensor


class Progress(TypedDict):
    """What a training has reached: everything that a resumed run needs to end with the same bits."""

    version: int
    config: dict[str, Any]
    fingerprint: str
    # The last one that is finished.
    epoch: int
    best_epoch: int
    best_accuracy: float
    # The fields of the newest EpochFinished; None before the first.
    newest: dict[str, Any] | None
    # None at the end of an epoch.
    middle: Middle | None
    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    # Of the averaged weights; empty without them.
    average: dict[str, Any]


@dataclass(frozen=True)
class Description:
    """What `best.safetensors` says of its weights, as JSON texts in its metadata."""

    config: dict[str, Any]
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    epoch: int
    accuracy: float
    # None when the pixels are in their places; else the seed and the positions themselves.
    permutation_seed: int | None = None
    permutation: list[int] | None = field(default=None, repr=False)


def save_best(folder: RunFolder, weights: Mapping[str, Tensor], description: Description) -> None:
    """Writes `best.safetensors`. Raises CannotSave."""
    plain = {name: value.contiguous().cpu() for name, value in weights.items()}
    metadata = {name: json.dumps(value) for name, value in asdict(description).items()}
    with folder.saving(BEST) as file:
        file.write(safetensors.torch.save(plain, metadata))


def load_best(folder: Path) -> tuple[dict[str, Tensor], Description]:
    """The best weights and their description. Raises CheckpointDamaged."""
    path = folder / BEST
    try:
        with safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
            values = {name: json.loads(text) for name, text in file.metadata().items()}
        for name in ("shape", "classes", "mean", "std"):
            values[name] = tuple(values[name])
        return weights, Description(**values)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointDamaged(f"{path} cannot be read ({error}). Start the run anew to make it again.") from error


def load_network(folder: Path) -> tuple[nn.Module, Description]:
    """The best network on the CPU, in evaluation mode, for whoever wants to use it. Raises CheckpointDamaged or
    CheckpointMismatch.
    """
    weights, description = load_best(folder)
    try:
        config = RunConfig(**description.config)
    except (TypeError, ConfigError) as error:
        raise CheckpointMismatch(f"{folder / BEST} has settings that this version does not know ({error}).") from error
    model = build(config.architecture, description.shape, len(description.classes), **config.network())
    put(weights, model, folder / BEST)
    return model.eval(), description


def put(weights: Mapping[str, Tensor], model: nn.Module, path: Path) -> None:
    """Gives `model` the weights that `path` held. Raises CheckpointMismatch naming the first that does not fit."""
    wanted, found = ({name: tuple(value.shape) for name, value in w.items()} for w in (model.state_dict(), weights))
    for name in (*wanted, *found):
        if wanted.get(name) != found.get(name):
            held, expected = (sizes.get(name, "nothing") for sizes in (found, wanted))
            raise CheckpointMismatch(
                f"{path} holds another network's weights: {name} is {held}, and {expected} is expected."
            )
    model.load_state_dict(weights)


def expect(architecture: str, config: Mapping[str, Any], path: Path) -> None:
    """Raises CheckpointMismatch when `path`, which says that it is of `config`, is of another architecture."""
    found = config.get("architecture")
    if found != architecture:
        raise CheckpointMismatch(
            f"{path} is a checkpoint of {found}, and this run trains {architecture}. Give it a folder of its own, or "
            "move the checkpoint away; nothing in it was changed."
        )


def save_last(folder: RunFolder, progress: Progress, *, keep: bool) -> None:
    """Writes `last.pt`; where there was one, it is `previous.pt` from now on, if that is wanted. Raises CannotSave."""
    with folder.saving(LAST, keep=PREVIOUS if keep else None) as file:
        torch.save(dict(progress), file)


def load_last(folder: Path, name: str = LAST) -> Progress | None:
    """What `last.pt` (or `previous.pt`) holds, on the CPU, or None when there is none. Raises CheckpointDamaged."""
    path = folder / name
    if not path.exists():
        return None
    try:
        found: Progress = torch.load(path, map_location="cpu", weights_only=True)
        known = found["version"] == VERSION and Progress.__required_keys__ <= found.keys()
    except Exception as error:  # a damaged file can raise anything from the unpickler, an IndexError as well
        raise CheckpointDamaged(f"{path} is damaged or cut ({type(error).__name__}).") from error
    if not known:
        raise CheckpointDamaged(f"{path} was written by another version.")
    return found
