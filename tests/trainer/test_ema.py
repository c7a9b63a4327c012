"""The averaged weights: what they are, that they are what is judged and kept, and that a run goes on with them."""

import copy
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last
from trainer.ema import Average
from trainer.events import EpochFinished, Finished
from trainer.loop import train

# 15 images in two steps an epoch, three held out.
FAST = {"architecture": "fastvgg", "dataset": "tiny", "epochs": 3, "batch_size": 10, "augment": True, "ema": 0.4}

pytestmark = pytest.mark.usefixtures("no_sync")


def last(folder: Path) -> dict[str, Any]:
    found = load_last(folder)
    assert found is not None
    return dict(found)


def straightforward(seen: list[dict[str, Tensor]], decay: float) -> dict[str, Tensor]:
    """The average after all of `seen`, the initial weights first, a number at a time in float64."""
    average = {name: value.double() for name, value in seen[0].items()}
    for n, weights in enumerate(seen[1:]):
        kept = min(decay, (1 + n) / (10 + n))
        average = {name: kept * value + (1 - kept) * weights[name].double() for name, value in average.items()}
    return average


def test_an_average_is_what_a_slow_computation_gives() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    average, seen = Average(model, 0.3), [copy.deepcopy(model.state_dict())]
    for step in range(8):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += torch.randn(parameter.shape, generator=torch.Generator().manual_seed(step))
        model(torch.randn(4, 3, generator=torch.Generator().manual_seed(step)))
        average.update(model)
        seen.append(copy.deepcopy(model.state_dict()))
    expected = straightforward(seen, 0.3)
    for name, value in average.model.state_dict().items():
        if value.is_floating_point():
            assert torch.allclose(value.double(), expected[name], atol=1e-6), name
            assert not torch.equal(value, seen[-1][name]), name
    assert average.model[1].num_batches_tracked == 8
    assert not any(parameter.requires_grad for parameter in average.model.parameters())


def test_a_training_averages_every_step_and_changes_nothing_else(tiny, tmp_path, monkeypatch) -> None:
    seen: list[dict[str, Tensor]] = []

    def spy(self: Average, model: nn.Module) -> None:
        if not seen:
            seen.append(copy.deepcopy(self.model.state_dict()))
        seen.append(copy.deepcopy(model.state_dict()))
        update(self, model)

    update = Average.update
    monkeypatch.setattr(Average, "update", spy)
    for name, values in (("with", FAST), ("without", FAST | {"ema": 0.0})):
        list(train(resolve(values), data_dir=tiny, run_dir=tmp_path / name))

    assert len(seen) == 1 + 3 * 2
    found, expected = last(tmp_path / "with")["average"]["model"], straightforward(seen, 0.4)
    for name in found:
        if found[name].is_floating_point():
            assert torch.allclose(found[name].double(), expected[name], atol=1e-5), name
    for key in ("model", "optimizer"):
        one, two = (torch_bytes(last(tmp_path / name)[key]) for name in ("with", "without"))
        assert one == two
    assert last(tmp_path / "without")["average"] == {}


def torch_bytes(state: Any) -> Any:
    """Nested state with its tensors as bytes, so that it compares to the bit."""
    if isinstance(state, Tensor):
        return state.contiguous().flatten().view(torch.uint8).tolist() if state.numel() < 100_000 else hash_of(state)
    if isinstance(state, dict):
        return {key: torch_bytes(value) for key, value in state.items()}
    return [torch_bytes(value) for value in state] if isinstance(state, list) else state


def hash_of(tensor: Tensor) -> bytes:
    return tensor.contiguous().numpy().tobytes()


def test_the_averaged_weights_are_judged_kept_and_tested(tiny, tmp_path) -> None:
    values = FAST | {"epochs": 1}
    events = list(train(resolve(values), data_dir=tiny, run_dir=tmp_path))
    kept, averaged = load_best(tmp_path)[0], last(tmp_path)["average"]["model"]
    assert all(torch.equal(kept[name], value) for name, value in averaged.items())
    assert not torch.equal(kept["3.weight"], last(tmp_path)["model"]["3.weight"])
    finished, epoch = events[-1], next(event for event in events if isinstance(event, EpochFinished))
    assert isinstance(finished, Finished)
    assert finished.best_accuracy == epoch.validation_accuracy


@pytest.mark.parametrize("changed", [{}, {"optimizer": "adam", "bias_rate": 1.0}, {"test_time_flips": False}])
def test_a_stopped_training_goes_on_with_the_same_average(tiny, tmp_path, changed) -> None:
    config = resolve(FAST | changed)
    list(train(config, data_dir=tiny, run_dir=tmp_path / "whole"))
    with closing(train(config, data_dir=tiny, run_dir=tmp_path / "parts")) as events:
        next(event for event in events if isinstance(event, EpochFinished) and event.epoch == 2)
    resumed = list(train(config, data_dir=tiny, run_dir=tmp_path / "parts"))
    assert resumed[0].resumed_epoch == 2
    for key in ("model", "optimizer", "average", "best_epoch", "best_accuracy"):
        assert torch_bytes(last(tmp_path / "whole")[key]) == torch_bytes(last(tmp_path / "parts")[key]), key
