"""Optimisers and schedules by name."""

import pytest
import torch

from trainer.catalog import resolve
from trainer.config import choices
from trainer.optim import OPTIMIZERS, SCHEDULES, set_learning_rate


def test_names_are_those_of_the_configuration() -> None:
    assert tuple(OPTIMIZERS) == choices("optimizer")
    assert tuple(SCHEDULES) == choices("schedule")


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_stays_between_nothing_and_the_peak(name: str) -> None:
    shares = [SCHEDULES[name](step / 1000) for step in range(1001)]
    assert min(shares) >= 0
    assert max(shares) == pytest.approx(1)


def test_shapes_of_the_schedules() -> None:
    step, cosine, onecycle = SCHEDULES["step"], SCHEDULES["cosine"], SCHEDULES["onecycle"]
    assert [step(progress) for progress in (0.49, 0.5, 0.74, 0.75)] == [1.0, 0.1, 0.1, 0.01]
    assert [cosine(progress) for progress in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [onecycle(progress) for progress in (0, 0.3, 1)] == pytest.approx([1 / 25, 1, 1 / 250_000])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_its_settings_and_a_new_rate_each_step(name: str) -> None:
    config = resolve(
        {"optimizer": name, "learning_rate": 0.2, "weight_decay": 0.01, "momentum": 0.9, "schedule": "cosine"}
    )
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = OPTIMIZERS[name]([weight], config)
    assert optimizer.param_groups[0]["weight_decay"] == 0.01
    assert optimizer.param_groups[0].get("momentum", 0.9) == 0.9
    assert set_learning_rate(optimizer, config, 0.5) == pytest.approx(0.1)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1)
    weight.grad = torch.ones(3)
    optimizer.step()
    assert (weight < 1).all()
