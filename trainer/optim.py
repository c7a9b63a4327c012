"""Optimisers by name, and the learning rate of their next step; trainer/schedules.py says what it is."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from trainer.config import RunConfig

# The key of a parameter group that learns with a multiple of the learning rate.
TIMES = "times"
Parameters = Iterable[nn.Parameter] | Iterable[dict[str, Any]]


def groups(model: nn.Module, config: RunConfig) -> Parameters:
    """What an optimiser is given: every parameter, or the biases in a group of their own with another learning rate.

    Their weight decay shrinks by as much, so that what decays in a step is the same (Page, "How to train your ResNet
    8: bag of tricks", 2019).
    """
    times = config.bias_rate
    if times == 1:
        return model.parameters()
    named = list(model.named_parameters())
    biases = [parameter for name, parameter in named if name.split(".")[-1] == "bias"]
    others = [parameter for name, parameter in named if name.split(".")[-1] != "bias"]
    apart = {"params": biases, TIMES: times, "weight_decay": config.weight_decay / times}
    return [group for group in ({"params": others}, apart) if group["params"]]


def sgd(parameters: Parameters, config: RunConfig) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        parameters,
        lr=config.learning_rate,
        momentum=config.momentum,
        # Without momentum there is nothing to look ahead along, and torch refuses.
        nesterov=config.nesterov and config.momentum > 0,
        weight_decay=config.weight_decay,
        fused=True,
    )


def adam(parameters: Parameters, config: RunConfig) -> torch.optim.Optimizer:
    """Kingma and Ba, "Adam: a method for stochastic optimization" (2014)."""
    return torch.optim.Adam(parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


def adamw(parameters: Parameters, config: RunConfig) -> torch.optim.Optimizer:
    """Loshchilov and Hutter, "Decoupled weight decay regularization" (2017)."""
    return torch.optim.AdamW(parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


OPTIMIZERS: dict[str, Callable[[Parameters, RunConfig], torch.optim.Optimizer]] = {
    "sgd": sgd,
    "adam": adam,
    "adamw": adamw,
}


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Gives the optimiser its learning rate for the coming step."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get(TIMES, 1.0)
