"""Whether two trainings are equal to the bit, in what they tell and in what they keep."""

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last
from trainer.events import CheckpointSaved, EpochFinished, Event, Paused, Preparing, Started
from trainer.loop import train

TIMES = {"seconds", "images_per_second"}
MLP = {"architecture": "mlp", "dataset": "digits", "epochs": 3, "momentum": 0.9}


def events_of(values: dict[str, Any], data_dir: Path, run_dir: Path, **named: Any) -> list[Event]:
    return list(train(resolve(values), data_dir=data_dir, run_dir=run_dir, **named))


def after(looks: int) -> Callable[[], bool]:
    """A wish to pause that comes when it is asked about for this time, counted from 1."""
    left = iter(range(looks - 1))
    return lambda: next(left, None) is None


def without_time(events: Iterable[Event]) -> list[dict[str, Any]]:
    ignored = TIMES | {"path"}
    return [{k: v for k, v in dataclasses.asdict(event).items() if k not in ignored} for event in events]


def told(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Of all that was told about a training, the training alone, each thing once."""
    aside = Preparing | Started | Paused
    result: list[dict[str, Any]] = []
    for event in events:
        if not isinstance(event, aside):
            (plain,) = without_time([event])
            # The newest epoch is told again by a training that was resumed.
            if not (isinstance(event, EpochFinished | CheckpointSaved) and plain in result):
                result.append(plain)
    return result


def same(one: Any, two: Any) -> bool:
    """Whether two nested states are equal to the bit, but for how long they took."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, two)
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one.keys() - TIMES)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(one == two)


def kept_alike(one: Path, two: Path) -> bool:
    """Whether two run folders hold the same checkpoints."""
    (weights, words), (others, other_words) = load_best(one), load_best(two)
    return same(load_last(one), load_last(two)) and same(weights, others) and words == other_words


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
