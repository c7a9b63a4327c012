"""The same configuration gives the same bits, for every architecture and whatever happens around the training."""

import dataclasses
import random
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.trainer.networks import every_architecture
from trainer import device
from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last
from trainer.events import Event, StepLogged
from trainer.loop import train

# What a run says of the clock and of its folder, and what a chart shows of the way to a result.
ASIDE = {"seconds", "images_per_second", "path"}
# 15 images in two steps, the last one smaller, and three held out.
BUSY = {
    "dataset": "tiny",
    "epochs": 1,
    "batch_size": 10,
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.01,
    "schedule": "cosine",
    "augment": True,
    "permute": True,
    "label_smoothing": 0.1,
    # Only a GPU needs to be told.
    "deterministic": torch.cuda.is_available(),
}
FAMILIES = ("mlp", "lenet", "vgg11", "resnet18")

pytestmark = pytest.mark.usefixtures("no_sync")


def told(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Every figure of every event but the steps'."""
    plain = [dataclasses.asdict(event) for event in events if not isinstance(event, StepLogged)]
    return [{name: value for name, value in event.items() if name not in ASIDE} for event in plain]


def flat(state: Any, name: str = "") -> dict[str, Any]:
    """Nested state as one level: "model/1.weight" and its value."""
    if isinstance(state, dict | list | tuple):
        items = state.items() if isinstance(state, dict) else enumerate(state)
        parts = [flat(value, f"{name}/{key}") for key, value in items if key not in ASIDE]
        return {inner: value for part in parts for inner, value in part.items()}
    return {name: state}


def saved(folder: Path) -> dict[str, Any]:
    weights, description = load_best(folder)
    return flat({"last": load_last(folder), "best": weights, "description": dataclasses.asdict(description)})


def equal(one: Any, two: Any) -> bool:
    """To the bit: of two tensors also where there is no number, or a zero with a sign."""
    if not isinstance(one, torch.Tensor) or not isinstance(two, torch.Tensor):
        return type(one) is type(two) and one == two
    alike = (one.dtype, one.shape) == (two.dtype, two.shape)
    return alike and torch.equal(*(value.flatten().view(torch.uint8) for value in (one, two)))


def different(one: dict[str, Any], two: dict[str, Any]) -> set[str]:
    """The names under which two states differ."""
    return {name for name in one.keys() | two.keys() if not equal(one.get(name), two.get(name))}


def draw_from_every_global_generator(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    random.random(), np.random.rand(3), torch.rand(3)


def generators() -> list[Any]:
    """Where the global generators stand."""
    return [random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()]


FAST_BF16 = pytest.mark.skipif(
    not device.has_fast_bf16(torch.device("cpu")),
    reason="this machine's CPU has no bfloat16 arithmetic, and torch's own is slow",
)


@pytest.mark.parametrize(
    ("architecture", "precision"),
    every_architecture("fp32") + [pytest.param(name, "bf16", marks=FAST_BF16) for name in FAMILIES],
)
def test_the_bits_do_not_depend_on_what_ran_before_nor_on_who_watches(tiny, tmp_path, architecture, precision) -> None:
    # Native code knows neither.
    dropout = 0.3 if precision == "bf16" else 0.0
    config = resolve(BUSY | {"architecture": architecture, "precision": precision, "dropout": dropout})
    alone = list(train(config, data_dir=tiny, run_dir=tmp_path / "alone", log_every=1))

    other = resolve(BUSY | {"architecture": "mlp" if architecture != "mlp" else "cnn", "seed": 5, "epochs": 3})
    with closing(train(other, data_dir=tiny, run_dir=tmp_path / "other", log_every=2)) as before:
        next(event for event in before if isinstance(event, StepLogged))
    watched = []
    draw_from_every_global_generator(99)
    for count, event in enumerate(train(config, data_dir=tiny, run_dir=tmp_path / "elsewhere" / "deep", log_every=2)):
        draw_from_every_global_generator(count)
        watched.append(event)

    assert different(saved(tmp_path / "alone"), saved(tmp_path / "elsewhere" / "deep")) == set()
    assert told(watched) == told(alone)
    steps, pairs = ([event for event in events if isinstance(event, StepLogged)] for events in (alone, watched))
    assert [event.step for event in steps] == [1, 2]
    assert pairs == [dataclasses.replace(steps[1], loss=(steps[0].loss + steps[1].loss) / 2)]


@pytest.mark.parametrize("architecture", FAMILIES)
def test_the_same_run_tells_the_same_of_every_step(tiny, tmp_path, architecture) -> None:
    config = resolve(BUSY | {"architecture": architecture, "optimizer": "adam", "epochs": 2})
    one, two = (list(train(config, data_dir=tiny, run_dir=tmp_path / name, log_every=1)) for name in ("one", "two"))
    assert told(one) == told(two)
    assert [event for event in one if isinstance(event, StepLogged)] == [
        event for event in two if isinstance(event, StepLogged)
    ]
    assert different(saved(tmp_path / "one"), saved(tmp_path / "two")) == set()


@pytest.mark.parametrize("architecture", FAMILIES)
def test_the_global_generators_stay_where_they_are_at_every_event(tiny, tmp_path, architecture) -> None:
    draw_from_every_global_generator(3)
    before = generators()
    config = resolve(BUSY | {"architecture": architecture, "dropout": 0.3})
    for event in train(config, data_dir=tiny, run_dir=tmp_path, log_every=1):
        assert generators() == before, f"moved before {event}"
    assert generators() == before


def test_another_seed_gives_other_bits(tiny, tmp_path) -> None:
    """What the tests above compare can differ."""
    for seed in (0, 1):
        config = resolve(BUSY | {"architecture": "mlp", "seed": seed})
        list(train(config, data_dir=tiny, run_dir=tmp_path / str(seed)))
    found = different(saved(tmp_path / "0"), saved(tmp_path / "1"))
    assert {"/best/1.weight", "/last/model/1.weight", "/last/optimizer/state/0/momentum_buffer"} <= found
