"""Native code takes the small networks' steps, and the torch path is what it has to equal."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer import lanes
from trainer.catalog import resolve
from trainer.checkpoint import load_last
from trainer.device import Numerics
from trainer.events import Started, StepLogged
from trainer.lanes import Lanes, layers_of
from trainer.models import build
from trainer.optim import OPTIMIZERS
from trainer.prepared import Arrays, write

pytestmark = pytest.mark.skipif(lanes.native() is None, reason="trainer/lanes.cpp was not built (no C++ compiler?)")

CPU = Numerics(torch.device("cpu"), "fp32", 1, 1)
GREY, COLOUR, ODD = (1, 28, 28), (3, 32, 32), (2, 23, 27)


def images_of(shape: tuple[int, int, int], count: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(count)
    images = torch.randint(0, 256, (count, *shape), generator=generator, dtype=torch.uint8)
    return images, torch.randint(0, 10, (count,), generator=generator)


def taken(architecture: str, shape: tuple[int, int, int], threads: int = 1, **values: Any) -> tuple[nn.Module, Lanes]:
    config = resolve({"architecture": architecture, "optimizer": "sgd", "momentum": 0.0, **values})
    torch.manual_seed(1)
    model = build(architecture, shape, 10)
    mean, std = torch.linspace(0.2, 0.4, shape[0]).view(-1, 1, 1), torch.full((shape[0], 1, 1), 0.3)
    optimizer = OPTIMIZERS[config.optimizer](model.parameters(), config)
    numerics = dataclasses.replace(CPU, cores=threads)
    found = Lanes.take(model, optimizer, config, numerics, shape, mean, std)
    assert found is not None
    return model, found


@pytest.mark.parametrize("shape", [GREY, COLOUR, ODD])
@pytest.mark.parametrize("architecture", ["mlp", "cnn", "lenet"])
@pytest.mark.parametrize("count", [1, 16, 37, 100])
def test_a_step_has_the_loss_the_hits_and_the_gradient_of_autograd(
    architecture: str, shape: tuple[int, int, int], count: int
) -> None:
    model, native = taken(architecture, shape, batch_size=count, label_smoothing=0.1, learning_rate=1e-9)
    images, labels = images_of(shape, count)
    mean, std = torch.linspace(0.2, 0.4, shape[0]).view(-1, 1, 1), 0.3
    logits = model((images.float() / 255 - mean) / std)
    loss = F.cross_entropy(logits, labels, label_smoothing=0.1)
    expected = torch.autograd.grad(loss, list(model.parameters()))

    losses, hits = native.train(images, labels, torch.arange(count), [1e-9], 0)

    assert losses[0] == pytest.approx(loss.item(), rel=1e-5)
    assert int(hits) == int((logits.argmax(1) == labels).sum())
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("threads", [2, 3, 4])
def test_the_number_of_threads_changes_no_bit(threads: int) -> None:
    images, labels = images_of(GREY, 200)
    (alone, one), (together, many) = (taken("cnn", GREY, number, batch_size=64) for number in (1, threads))
    order = torch.randperm(200, generator=torch.Generator().manual_seed(0))
    results = [native.train(images, labels, order, [0.1] * 4, 0) for native in (one, many)]
    assert torch.equal(results[0][0], results[1][0])
    assert all(torch.equal(a, b) for a, b in zip(alone.parameters(), together.parameters(), strict=True))


@pytest.mark.parametrize(
    "values",
    [
        {"optimizer": "sgd", "momentum": 0.0},
        {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.01, "schedule": "cosine"},
        {"optimizer": "adam", "weight_decay": 0.01},
        {"optimizer": "adamw", "weight_decay": 0.1, "schedule": "onecycle"},
    ],
)
@pytest.mark.parametrize("architecture", ["mlp", "cnn", "lenet"])
def test_a_training_equals_that_of_the_torch_path(
    training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str, values: dict[str, Any]
) -> None:
    # Adam divides by the root of small squares, so that rounding grows; at this rate it stays small for two epochs.
    values = {"architecture": architecture, "batch_size": 100, "learning_rate": 1e-4, "log_every": 1} | values
    ours = training(folder="lanes", **values)
    monkeypatch.setattr(lanes, "native", lambda: None)
    reference = training(folder="torch", **values)

    engines = [event.environment["engine"] for event in (*ours, *reference) if isinstance(event, Started)]
    assert engines == ["lanes", "torch"]
    steps = [[event for event in events if isinstance(event, StepLogged)] for events in (ours, reference)]
    assert len(steps[0]) == len(steps[1]) > 20
    for one, other in zip(*steps, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert (one.epoch, one.step, one.learning_rate) == (other.epoch, other.step, other.learning_rate)
    ends = [load_last(tmp_path / folder) for folder in ("lanes", "torch")]
    state = [{key: set(part) for key, part in end["optimizer"]["state"].items()} for end in ends if end]
    assert state[0] == state[1] or values["optimizer"] == "sgd"
    for one, other in zip(*(end["model"].values() for end in ends if end), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=2e-4)


def test_augmented_and_scrambled_images_are_those_of_the_torch_path(
    training, colours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"architecture": "cnn", "dataset": "colours", "data_dir": colours, "augment": True, "permute": True}
    values |= {"optimizer": "sgd", "learning_rate": 0.01, "batch_size": 7, "log_every": 1}
    ours = training(folder="lanes", **values)
    monkeypatch.setattr(lanes, "native", lambda: None)
    reference = training(folder="torch", **values)
    losses = [[event.loss for event in events if isinstance(event, StepLogged)] for events in (ours, reference)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_a_training_begun_in_torch_goes_on_in_native_code(training, monkeypatch) -> None:
    values = {"optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.01, "epochs": 3, "schedule": "constant"}
    whole = training(folder="whole", **values)[-1]
    with monkeypatch.context() as without:
        without.setattr(lanes, "native", lambda: None)
        without.setattr("trainer.epoch.save_last", _stop_after(1))
        with pytest.raises(InterruptedError):
            training(folder="mixed", **values)
    mixed = training(folder="mixed", **values)
    assert next(event for event in mixed if isinstance(event, Started)).resumed_epoch == 1
    assert mixed[-1].test_loss == pytest.approx(whole.test_loss, rel=1e-3)


def _stop_after(epoch: int) -> Any:
    from trainer.checkpoint import save_last

    def save(folder: Any, progress: Any, *, keep: bool) -> None:
        save_last(folder, progress, keep=keep)
        if progress["epoch"] == epoch:
            raise InterruptedError

    return save


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.Sigmoid(), nn.Linear(8, 10)),
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1014, 10)),
        nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 10)),
        nn.Linear(784, 10),
    ],
)
def test_other_networks_are_left_to_torch(model: nn.Module) -> None:
    assert layers_of(model, GREY) is None


def test_what_native_code_does_not_know_is_left_to_torch(training, colours: Path) -> None:
    for values in ({"precision": "bf16"}, {"ema": 0.9}, {"bias_rate": 2.0}, {"nesterov": True, "momentum": 0.9}):
        events = training(folder=str(values), dataset="colours", data_dir=colours, epochs=1, optimizer="sgd", **values)
        assert next(event for event in events if isinstance(event, Started)).environment["engine"] == "torch"


def test_pixels_that_are_not_numbers_of_a_vector_are_read_to_the_last(training, tmp_path: Path) -> None:
    """17 x 19 pixels fill no whole vectors: what lies behind an image must not reach the loss."""
    images = np.random.default_rng(0).integers(0, 256, (60, 1, 17, 19), dtype=np.uint8)
    labels = np.arange(60) % 3
    write(tmp_path / "odd.npz", Arrays(images[:40], labels[:40], images[40:], labels[40:], ("a", "b", "c")))
    first, second = (training(folder=name, dataset="odd", architecture="mlp") for name in ("a", "b"))
    assert [e.loss for e in first if isinstance(e, StepLogged)] == [e.loss for e in second if isinstance(e, StepLogged)]
    assert first[-1] == second[-1]
