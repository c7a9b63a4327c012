"""Dropout draws from the run's own stream: the same bits again, after a stop too, and whoever draws beside it."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from trainer.catalog import resolve
from trainer.checkpoint import load_last
from trainer.events import EpochFinished
from trainer.loop import train
from trainer.models import build
from trainer.models.dropout import Dropout, begin_epoch
from trainer.scope import BELONGS

CPU = torch.device("cpu")


def test_a_share_of_the_values_is_dropped_and_their_mean_stays() -> None:
    layer = Dropout(0.25)
    begin_epoch(layer, seed=0, epoch=1, device=CPU)
    dropped = layer(torch.ones(100_000))
    assert sorted(set(dropped.tolist())) == [0, pytest.approx(1 / 0.75)]
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)


def test_evaluation_drops_nothing() -> None:
    values = torch.randn(10)
    assert torch.equal(Dropout(0.9).eval()(values), values)


def test_seed_and_epoch_decide_what_is_dropped_and_layers_do_not_repeat_each_other() -> None:
    def drawn(seed: int, epoch: int) -> list[torch.Tensor]:
        model = torch.nn.Sequential(Dropout(0.5), Dropout(0.5))
        begin_epoch(model, seed, epoch, CPU)
        return [layer(torch.ones(100)) for layer in model]

    first, second = drawn(1, 1)
    assert torch.equal(first, drawn(1, 1)[0])
    assert not any(torch.equal(first, other) for other in (second, drawn(2, 1)[0], drawn(1, 2)[0]))


@pytest.mark.parametrize("name", BELONGS["dropout"])
def test_without_a_rate_there_is_no_layer_and_with_one_the_network_drops(name: str) -> None:
    kinds = [[type(layer) for layer in build(name, (3, 32, 32), 10, dropout=rate).modules()] for rate in (0.0, 0.5)]
    assert Dropout not in kinds[0]
    # Behind each hidden fully connected layer, else once before the classifier.
    assert kinds[1].count(Dropout) == {"mlp": 2, "lenet": 2}.get(name, 1)


def weights(values: dict[str, Any], data_dir: Path, run_dir: Path, *, noise: bool = False) -> dict[str, torch.Tensor]:
    for event in train(resolve(values), data_dir=data_dir, run_dir=run_dir, log_every=1 if noise else 100):
        if noise:
            torch.manual_seed(hash(type(event)))
    last = load_last(run_dir)
    assert last is not None
    return last["model"]


@pytest.mark.parametrize("architecture", ["mlp", "lenet", "resnet20"])
@pytest.mark.usefixtures("no_sync")
def test_a_run_with_dropout_ends_with_the_same_bits_watched_or_stopped(tiny, tmp_path, architecture) -> None:
    values = {"architecture": architecture, "dataset": "tiny", "epochs": 2, "batch_size": 8, "dropout": 0.5}
    whole = weights(values, tiny, tmp_path / "whole")
    watched = weights(values, tiny, tmp_path / "watched", noise=True)
    with closing(train(resolve(values), data_dir=tiny, run_dir=tmp_path / "parts")) as events:
        next(event for event in events if isinstance(event, EpochFinished))
    resumed = weights(values, tiny, tmp_path / "parts")
    without = weights(values | {"dropout": 0.0}, tiny, tmp_path / "without")
    assert all(torch.equal(value, watched[name]) and torch.equal(value, resumed[name]) for name, value in whole.items())
    assert not all(torch.equal(value, other) for value, other in zip(whole.values(), without.values(), strict=True))
