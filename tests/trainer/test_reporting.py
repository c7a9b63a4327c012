"""A curve moves every few seconds, however slow the network, and no run has more reports than its page can draw; an
evaluation that keeps it still is told."""

from pathlib import Path
from typing import Any

import pytest

from trainer import reporting
from trainer.anatomy import anatomy, flops
from trainer.architectures import ARCHITECTURES
from trainer.catalog import DATASETS, resolve
from trainer.events import EpochFinished, Evaluating, StepLogged
from trainer.loop import train
from trainer.reporting import EVERY, MOST, evaluates_long, steps_between


def every(architecture: str, dataset: str, device: str = "cpu", **values: Any) -> int:
    config = resolve({"architecture": architecture, "dataset": dataset} | values)
    known = DATASETS[dataset]
    work = flops(anatomy(config, known.shape, len(known.classes)))
    return steps_between(config, 352, work, device)


@pytest.mark.parametrize(
    ("architecture", "dataset", "steps"),
    [("mlp", "mnist", 100), ("lenet", "mnist", 100), ("resnet20", "cifar10", 5), ("vgg16", "cifar10", 1)],
)
def test_slower_networks_report_after_fewer_steps(architecture, dataset, steps) -> None:
    assert every(architecture, dataset, epochs=5) == steps


def test_on_a_gpu_few_networks_are_slow() -> None:
    assert [every(name, "cifar10", "cuda") for name in ("resnet20", "resnet18", "resnet34")] == [100, 50, 20]


def test_a_larger_batch_takes_fewer_steps_between_reports() -> None:
    assert every("resnet20", "cifar10", batch_size=32) > every("resnet20", "cifar10", batch_size=256)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_long_run_has_no_more_reports_than_its_page_can_draw(architecture) -> None:
    for epochs in (1, 10, 200):
        found = every(architecture, "cifar10", epochs=epochs)
        assert found in EVERY
        assert epochs * 352 / found <= MOST


def test_where_every_layer_has_a_curve_there_are_fewer_reports() -> None:
    assert every("resnet20", "cifar10", epochs=10, observe=True) == 20


def test_a_training_reports_as_often_as_its_work_asks_for(tmp_path: Path, monkeypatch) -> None:
    config = resolve({"architecture": "mlp", "dataset": "digits", "epochs": 1})
    work = flops(anatomy(config, (1, 28, 28), 10))
    # A step takes 0.3 s, it is thought: five fit into two seconds.
    monkeypatch.setitem(reporting.SPEEDS, "cpu", 3 * work * config.batch_size / 0.3)
    events = list(train(config, data_dir=tmp_path, run_dir=tmp_path / "run"))
    assert [event.step for event in events if isinstance(event, StepLogged)] == [5, 10, 15, 20]


@pytest.mark.parametrize(
    ("architecture", "dataset", "device", "long"),
    [
        ("lenet", "mnist", "cpu", False),
        ("resnet20", "cifar10", "cpu", True),
        ("vgg16", "cifar10", "cpu", True),
        ("vgg16", "cifar10", "cuda", False),
    ],
)
def test_an_evaluation_is_told_where_it_takes_seconds(architecture, dataset, device, long) -> None:
    known = DATASETS[dataset]
    work = flops(anatomy(resolve({"architecture": architecture, "dataset": dataset}), known.shape, len(known.classes)))
    assert evaluates_long(5000, work, device) == long


@pytest.mark.parametrize(("fraction", "split"), [(0.1, "validation"), (0.0, "test")])
def test_a_slow_training_says_what_it_measures_between_an_epochs_steps_and_its_figures(
    fraction, split, tmp_path: Path, monkeypatch
) -> None:
    config = resolve({"architecture": "mlp", "dataset": "digits", "epochs": 2, "validation_fraction": fraction})
    monkeypatch.setitem(reporting.SPEEDS, "cpu", 1.0)
    events = list(train(config, data_dir=tmp_path, run_dir=tmp_path / "run"))
    told = [event for event in events if isinstance(event, Evaluating | EpochFinished)]
    assert [type(event) for event in told] == [Evaluating, EpochFinished] * 2
    assert [(event.epoch, event.split) for event in told[::2]] == [(1, split), (2, split)]
