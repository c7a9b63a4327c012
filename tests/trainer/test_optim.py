"""Optimisers by name."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainer.catalog import resolve
from trainer.config import choices
from trainer.optim import OPTIMIZERS, groups, set_learning_rate
from trainer.schedules import learning_rate


def test_names_are_those_of_the_configuration() -> None:
    assert tuple(OPTIMIZERS) == choices("optimizer")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_its_settings_and_a_new_rate_each_step(name: str) -> None:
    config = resolve(
        {"optimizer": name, "learning_rate": 0.2, "weight_decay": 0.01, "momentum": 0.9, "schedule": "cosine"}
    )
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = OPTIMIZERS[name]([weight], config)
    assert optimizer.param_groups[0]["weight_decay"] == 0.01
    assert optimizer.param_groups[0].get("momentum", 0.9) == 0.9
    set_learning_rate(optimizer, learning_rate(config, 0.5))
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1)
    weight.grad = torch.ones(3)
    optimizer.step()
    assert (weight < 1).all()


def steps_of(values: dict[str, Any]) -> list[Tensor]:
    """A layer's weight and bias after three steps of SGD with the learning rate halved in each."""
    config = resolve({"optimizer": "sgd", "learning_rate": 0.1, "weight_decay": 0.3, "momentum": 0.8} | values)
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.fill_(1.0), layer.bias.fill_(1.0)
    optimizer = OPTIMIZERS["sgd"](groups(layer, config), config)
    for step in range(3):
        for parameter in layer.parameters():
            parameter.grad = torch.full_like(parameter, 1.0 + step)
        for group in optimizer.param_groups:
            group["lr"] *= 0.5
        optimizer.step()
    return [layer.weight.detach().flatten()[0], layer.bias.detach()[0]]


def by_hand(nesterov: bool, rate: float, decay: float, momentum: float) -> float:
    weight, velocity = 1.0, 0.0
    for step in range(3):
        gradient = 1.0 + step + decay * weight
        velocity = momentum * velocity + gradient
        weight -= rate * 0.5 ** (step + 1) * (gradient + momentum * velocity if nesterov else velocity)
    return weight


@pytest.mark.parametrize("nesterov", [False, True])
def test_nesterov_looks_a_step_ahead(nesterov: bool) -> None:
    expected = by_hand(nesterov, 0.1, 0.3, 0.8)
    assert [float(value) for value in steps_of({"nesterov": nesterov})] == pytest.approx([expected] * 2)


def test_nesterov_without_momentum_is_plain_descent() -> None:
    assert torch.equal(*(torch.stack(steps_of({"nesterov": on, "momentum": 0.0})) for on in (False, True)))


def test_biases_learn_faster_and_decay_alike() -> None:
    rates = {"bias_rate": 4.0}
    optimizer = OPTIMIZERS["sgd"](groups(nn.Linear(2, 2), resolve(rates)), resolve(rates))
    set_learning_rate(optimizer, 0.5)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 2.0]
    config = resolve({"bias_rate": 4.0, "weight_decay": 0.2, "learning_rate": 0.5})
    decays = [
        group["weight_decay"] for group in OPTIMIZERS["sgd"](groups(nn.Linear(2, 2), config), config).param_groups
    ]
    assert decays == [0.2, 0.05]


def test_parameters_stay_in_one_group_when_biases_learn_like_the_rest() -> None:
    config = resolve({})
    layer = nn.Linear(2, 2)
    assert [list(group["params"]) for group in OPTIMIZERS["sgd"](groups(layer, config), config).param_groups] == [
        list(layer.parameters())
    ]
