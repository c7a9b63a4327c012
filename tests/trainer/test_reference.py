"""The training against a slow one in float64, `reference.py`.

What is compared comes out of `train` alone: each step's loss and learning rate, the weights, and what is measured
after an epoch.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.trainer.networks import every_architecture
from tests.trainer.reference import Reference
from trainer import lanes, run
from trainer.catalog import resolve
from trainer.checkpoint import load_last
from trainer.config import choices
from trainer.events import EpochFinished, Finished, StepLogged
from trainer.loop import train
from trainer.models.fast import Whitening

# 18 images in batches of 8, 8 and 2.
CONFIG = {
    "dataset": "tiny",
    "epochs": 2,
    "batch_size": 8,
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "weight_decay": 0.02,
    "schedule": "cosine",
    "augment": True,
    "permute": True,
    "permutation_seed": 4,
    "label_smoothing": 0.1,
    "precision": "fp32",
    "validation_fraction": 0.0,
    # What the fast networks' defaults turn on; tested beside the code that does it.
    "nesterov": False,
    "bias_rate": 1.0,
    "crop_padding": 4,
    "ema": 0.0,
    "test_time_flips": False,
    "seed": 7,
    "deterministic": torch.cuda.is_available(),
}
# In float32 a rounding can turn a ReLU or the choice of a max-pooling over, and 1 % of a deep network's gradient with
# it: small steps keep that from growing.
DEEP = CONFIG | {"epochs": 1, "batch_size": 5, "validation_fraction": 0.5, "learning_rate": 1e-4}
SMALL = ("mlp", "cnn", "lenet")

pytestmark = pytest.mark.usefixtures("no_sync")


class Trial:
    """A run of the product, and the network that it began with."""

    def __init__(self, values: dict[str, Any], folder: Path, run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        built: list[nn.Module] = []

        def keeping(*arguments: Any, **named: Any) -> nn.Module:
            wanted = torch.get_default_dtype()
            torch.set_default_dtype(torch.float32)
            built.append(build(*arguments, **named))
            torch.set_default_dtype(wanted)
            return copy.deepcopy(built[0]).to(wanted)

        self.config, build = resolve(values), run.build
        with monkeypatch.context() as patched:
            patched.setattr(run, "build", keeping)
            self.events = list(train(self.config, data_dir=folder, run_dir=run_dir, log_every=1))
        self.initial = built[0].double()
        last = load_last(run_dir)
        assert last is not None
        self.weights = last["model"]
        # Taken from the training images before the first step and never changed after it.
        fitted = [f"{name}.weight" for name, layer in self.initial.named_modules() if isinstance(layer, Whitening)]
        self.initial.load_state_dict({name: self.weights[name] for name in fitted}, strict=False)
        self.steps = [event for event in self.events if isinstance(event, StepLogged)]

    def measured(self) -> list[tuple[float, ...]]:
        return [
            (
                event.train_loss,
                event.train_accuracy,
                *(value for value in (event.validation_loss, event.test_loss) if value is not None),
                *(value for value in (event.validation_accuracy, event.test_accuracy) if value is not None),
            )
            for event in self.events
            if isinstance(event, EpochFinished)
        ]


def agree(trial: Trial, reference: Reference, tolerance: float) -> None:
    """Losses, learning rates, what is measured after an epoch, and all weights, by their share of the largest."""
    assert [event.learning_rate for event in trial.steps] == pytest.approx(reference.rates, rel=1e-12)
    assert [event.loss for event in trial.steps] == pytest.approx(reference.losses, rel=tolerance)
    for found, expected in zip(trial.measured(), reference.measured, strict=True):
        assert found == pytest.approx(expected, rel=tolerance)
    for name, expected in reference.model.state_dict().items():
        found = trial.weights[name].double()
        assert (found - expected).abs().max() <= tolerance * max(1e-2, float(expected.abs().max())), name


@contextmanager
def float64(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The product itself in float64: every conversion to float and every new tensor is one of doubles."""
    with monkeypatch.context() as patched:
        # The native code knows float32 alone.
        patched.setattr(lanes, "native", lambda: None)
        patched.setattr(torch.Tensor, "float", torch.Tensor.double)
        torch.set_default_dtype(torch.float64)
        try:
            yield
        finally:
            torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("architecture", every_architecture())
def test_every_architecture_agrees_in_float64(tiny, tmp_path, monkeypatch, architecture) -> None:
    values = (CONFIG if architecture in SMALL else DEEP) | {"architecture": architecture}
    with float64(monkeypatch):
        trial = Trial(values, tiny, tmp_path, monkeypatch)
    # In 56 layers without shortcuts even these roundings grow.
    agree(trial, Reference(trial.config, trial.initial, tiny), 1e-10 if architecture in SMALL else 1e-8)


@pytest.mark.parametrize(
    ("architecture", "native"), [(name, False) for name in (*SMALL, "vgg11", "resnet18")] + [(s, True) for s in SMALL]
)
def test_every_family_agrees_in_float32(tiny, tmp_path, monkeypatch, architecture, native) -> None:
    if not native:
        monkeypatch.setattr(lanes, "native", lambda: None)
    values = (CONFIG if architecture in SMALL else DEEP) | {"architecture": architecture}
    trial = Trial(values, tiny, tmp_path, monkeypatch)
    agree(trial, Reference(trial.config, trial.initial, tiny), 1e-5 if architecture in SMALL else 1e-3)


@pytest.mark.parametrize("schedule", choices("schedule"))
@pytest.mark.parametrize("optimizer", choices("optimizer"))
@pytest.mark.parametrize("architecture", ["mlp", "lenet"])
def test_every_optimizer_and_schedule_agrees(tiny, tmp_path, monkeypatch, architecture, optimizer, schedule) -> None:
    rate = 0.05 if optimizer == "sgd" else 0.002
    chosen = {"architecture": architecture, "optimizer": optimizer, "schedule": schedule, "learning_rate": rate}
    single = Trial(CONFIG | chosen, tiny, tmp_path / "float32", monkeypatch)
    with float64(monkeypatch):
        double = Trial(CONFIG | chosen, tiny, tmp_path / "float64", monkeypatch)
    reference = Reference(single.config, single.initial, tiny)
    agree(double, reference, 1e-10)
    agree(single, reference, 1e-4)


@pytest.mark.parametrize(
    "changed",
    [
        {"augment": False},
        {"permute": False},
        {"augment": False, "permute": False, "shuffle": False, "label_smoothing": 0.0},
        {"validation_fraction": 0.4},
        {"momentum": 0.0, "weight_decay": 0.0},
        {"batch_size": 64},
    ],
)
def test_every_road_through_the_data_agrees(tiny, tmp_path, monkeypatch, changed) -> None:
    trial = Trial(CONFIG | {"architecture": "lenet"} | changed, tiny, tmp_path, monkeypatch)
    reference = Reference(trial.config, trial.initial, tiny)
    agree(trial, reference, 1e-5)
    if reference.held:
        return
    finished = trial.events[-1]
    assert isinstance(finished, Finished)
    best = max(measured[3] for measured in reference.measured)
    assert (finished.test_accuracy, finished.best_accuracy) == pytest.approx((best, best))


@pytest.mark.parametrize("architecture", [*SMALL, "vgg11", "resnet18"])
def test_the_gradients_of_a_step_agree(tiny, tmp_path, monkeypatch, architecture) -> None:
    """One step of plain SGD moves every weight by its gradient times the rate."""
    one = {"epochs": 1, "batch_size": 18, "learning_rate": 1.0, "momentum": 0.0, "weight_decay": 0.0}
    trial = Trial(CONFIG | one | {"architecture": architecture, "schedule": "constant"}, tiny, tmp_path, monkeypatch)
    reference = Reference(trial.config, trial.initial, tiny)
    tolerance = 1e-4 if architecture in SMALL else 3e-2
    for (name, before), expected in zip(trial.initial.named_parameters(), reference.gradients[0], strict=True):
        found = before.detach().double() - trial.weights[name].double()
        # A convolution's bias before batch norm has a gradient of zero but for rounding.
        assert (found - expected).norm() <= tolerance * max(1e-2, float(expected.norm())), name
