"""An observer tells the figures of the step that is reported, and no other, and changes no bit of the training."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last
from trainer.events import Event, StepLogged
from trainer.lanes import Lanes, native
from trainer.models import build
from trainer.observers import Observer

COLOURS = {"dataset": "colours", "batch_size": 9, "epochs": 1}


def reports(events: list[Event]) -> list[StepLogged]:
    return [event for event in events if isinstance(event, StepLogged)]


def hooks(model: torch.nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules())


def test_the_norms_are_those_of_the_gradients_weight_and_bias_together() -> None:
    model = build("lenet", (1, 28, 28), 10)
    observer = Observer(model)
    observer.arm()
    F.cross_entropy(model(torch.randn(4, 1, 28, 28)), torch.arange(4)).backward()
    seen = observer.read()
    assert seen["residual_ratios"] is None
    norms = seen["gradient_norms"]
    assert norms is not None
    gradients = {name: weight.grad for name, weight in model.named_parameters()}
    assert list(norms) == list(dict.fromkeys(name.rpartition(".")[0] for name in gradients))
    for layer, norm in norms.items():
        both = torch.cat([gradients[f"{layer}.{part}"].flatten() for part in ("weight", "bias")])
        assert norm == pytest.approx(float(both.double().norm()), rel=1e-5)


def test_the_ratios_are_those_of_what_a_block_adds_to_what_it_is_given() -> None:
    model = build("resnet20", (3, 16, 16), 3)
    observer, images = Observer(model), torch.randn(5, 3, 16, 16)
    observer.arm()
    F.cross_entropy(model(images), torch.zeros(5, dtype=torch.int64)).backward()
    ratios = observer.read()["residual_ratios"]
    assert ratios is not None
    assert len(ratios) == 9
    # The same forward pass again by hand; batch statistics are those of the batch, so nothing has changed.
    x = images
    with torch.no_grad():
        for name, part in model.named_children():
            if name in ratios:
                added = part.norm2(part.conv2(F.relu(part.norm1(part.conv1(x)))))  # type: ignore[operator,union-attr]
                expected = (added.flatten(1).norm(dim=1) / x.flatten(1).norm(dim=1)).mean()
                assert ratios[name] == pytest.approx(float(expected), rel=1e-4)
            x = part(x)


@pytest.mark.parametrize("architecture", ["plain20", "vgg11"])
def test_a_network_without_shortcuts_has_no_ratios(training, colours, architecture: str) -> None:
    (report,) = reports(training(architecture=architecture, observe=True, log_every=6, data_dir=colours, **COLOURS))
    assert report.residual_ratios is None
    assert report.gradient_norms


def test_what_is_not_observed_has_no_hooks_and_what_is_not_reported_is_not_measured() -> None:
    model = build("resnet20", (3, 16, 16), 3)
    assert hooks(model) == 0
    observer = Observer(model)
    assert hooks(model) == 18
    model(torch.randn(2, 3, 16, 16)).sum().backward()
    assert observer.read()["residual_ratios"] is None


@pytest.mark.parametrize(
    "values",
    [
        {"architecture": "resnet20", "augment": True, **COLOURS},
        {"architecture": "resnet20", "precision": "bf16", **COLOURS},
        {"architecture": "lenet", "optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.1},
        {"architecture": "mlp"},
    ],
)
def test_observing_changes_no_bit(training, colours, tmp_path, values: dict[str, Any]) -> None:
    where = {"log_every": 2, "data_dir": colours} if values.get("dataset") else {"log_every": 5}
    blind = training(folder="blind", **values, **where)
    seeing = training(folder="seeing", observe=True, **values, **where)
    assert all(report.gradient_norms is None for report in reports(blind))
    assert all(report.gradient_norms for report in reports(seeing))
    assert [report.loss for report in reports(blind)] == [report.loss for report in reports(seeing)]
    assert blind[-1] == seeing[-1]
    one, other = (load_last(tmp_path / name)["model"] for name in ("blind", "seeing"))  # type: ignore[index]
    assert all(torch.equal(one[name], other[name]) for name in one)
    one, other = (load_best(tmp_path / name)[0] for name in ("blind", "seeing"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_how_often_is_reported_changes_no_figure_of_a_step(training, colours) -> None:
    often, seldom = (
        reports(
            training(
                folder=f"{every}", architecture="resnet20", observe=True, log_every=every, data_dir=colours, **COLOURS
            )
        )
        for every in (1, 4)
    )
    assert seldom[0] == often[3].__class__(**(vars(often[3]) | {"loss": seldom[0].loss}))


@pytest.mark.skipif(native() is None, reason="the native code is not built here")
def test_native_code_leaves_the_gradients_where_the_observer_looks(training, monkeypatch) -> None:
    values = {
        "architecture": "lenet",
        "observe": True,
        "log_every": 4,
        "epochs": 1,
        "optimizer": "sgd",
        "precision": "fp32",
    }
    events = training(folder="native", **values)
    assert events[0].environment["engine"] == "lanes"  # type: ignore[union-attr]
    native = reports(events)
    monkeypatch.setattr(Lanes, "take", lambda *_: None)
    for one, other in zip(native, reports(training(folder="torch", **values)), strict=True):
        assert one.gradient_norms == pytest.approx(other.gradient_norms, rel=0.02)


def test_a_gradient_that_is_no_number_is_left_out() -> None:
    model = build("mlp", (1, 4, 4), 2, **resolve({"architecture": "mlp"}).network())
    observer = Observer(model)
    for weight in model.parameters():
        weight.grad = torch.full_like(weight, torch.inf if weight.shape[0] == 2 else 1.0)
    norms = observer.read()["gradient_norms"]
    assert norms is not None
    assert list(norms) == ["1", "3"]
