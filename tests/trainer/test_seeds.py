"""Several seeds in one process: each is its own run, bit for bit."""

import threading
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from trainer import lanes
from trainer.catalog import resolve
from trainer.checkpoint import load_best
from trainer.config import ConfigError
from trainer.events import EpochFinished, Event, Finished, StepLogged
from trainer.loop import train
from trainer.seeds import train_seeds


def together(config, count: int, folder: Path) -> dict[int, list[Event]]:
    found = defaultdict(list)
    for seed, event in train_seeds(config, count, data_dir=folder, run_dir=folder / "together", log_every=5):
        found[seed].append(event)
    return found


def plain(event: Event) -> Event:
    """Without the times, which no two trainings share."""
    return replace(event, seconds=0.0, images_per_second=0.0) if isinstance(event, EpochFinished) else event


@pytest.mark.parametrize(
    "values",
    [
        {"architecture": "mlp"},
        {"architecture": "lenet", "permute": True},
        {"architecture": "cnn", "precision": "bf16"},  # which torch takes
    ],
)
def test_each_seed_gives_the_bits_of_its_own_run(tmp_path: Path, values) -> None:
    config = resolve({"dataset": "digits", "epochs": 2, "seed": 3} | values)
    found = together(config, 3, tmp_path)
    assert list(found) == [3, 4, 5]
    for seed, events in found.items():
        places = {"data_dir": tmp_path, "run_dir": tmp_path / f"alone-{seed}"}
        alone = list(train(replace(config, seed=seed), **places, log_every=5))
        kinds = (StepLogged, EpochFinished, Finished)
        assert [plain(e) for e in events if isinstance(e, kinds)] == [plain(e) for e in alone if isinstance(e, kinds)]
        weights = [load_best(tmp_path / name)[0] for name in (f"together/seed-{seed}", f"alone-{seed}")]
        assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[1])


@pytest.mark.skipif(lanes.native() is None, reason="trainer/lanes.cpp was not built (no C++ compiler?)")
def test_small_networks_train_at_the_same_time(tmp_path: Path, monkeypatch) -> None:
    torch.set_num_threads(2)
    met = threading.Barrier(2, timeout=30)
    once = threading.local()
    taken = lanes.Lanes.train

    def meet(self, *arguments):
        if not hasattr(once, "met"):
            once.met = True
            met.wait()  # breaks, and fails the training, when the other does not come
        return taken(self, *arguments)

    monkeypatch.setattr(lanes.Lanes, "train", meet)
    try:
        found = together(resolve({"architecture": "mlp", "dataset": "digits", "epochs": 1}), 2, tmp_path)
    finally:
        torch.set_num_threads(1)
    assert all(isinstance(events[-1], Finished) for events in found.values())


def test_stopping_leaves_no_training_behind(tmp_path: Path) -> None:
    before = torch.get_num_threads(), threading.active_count()
    config = resolve({"architecture": "mlp", "dataset": "digits", "epochs": 50})
    events = train_seeds(config, 4, data_dir=tmp_path, run_dir=tmp_path)
    next(event for _, event in events if isinstance(event, EpochFinished))
    events.close()
    assert (torch.get_num_threads(), threading.active_count()) == before


def test_how_many_seeds_there_may_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="seeds: 0 is not accepted; it must be at least 1 and at most 64"):
        next(train_seeds(resolve({}), 0, data_dir=tmp_path, run_dir=tmp_path))
