"""Optimisers and learning-rate schedules by name.

A schedule is a function of progress (steps done / steps in all, 0..1) that returns the share of the configured
learning rate: a resumed run needs no scheduler state, only its step number.
"""

import math
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


def constant(_progress: float) -> float:
    return 1.0


def step(progress: float) -> float:
    """A tenth at half of the training, a hundredth at three quarters."""
    if progress < 0.5:
        return 1.0
    return 0.1 if progress < 0.75 else 0.01


def cosine(progress: float) -> float:
    """Half a cosine from 1 to 0 (Loshchilov and Hutter, "SGDR", 2016, without restarts)."""
    return 0.5 * (1 + math.cos(math.pi * progress))


def onecycle(progress: float) -> float:
    """Up from 1/25 for 30 % of the steps, then down to 1/250,000, along cosines (Smith and Topin, 2017)."""
    warm, start, end = 0.3, 1 / 25, 1 / 250_000
    if progress < warm:
        return 1 + (start - 1) * cosine(progress / warm)
    return end + (1 - end) * cosine((progress - warm) / (1 - warm))


def triangle(progress: float) -> float:
    """In straight lines up from 0.2 for 23 % of the steps, then down to 0.07 (Jordan, 2024, as trainer/models/fast.py).

    A straight way down spends fewer of few steps at the highest and the lowest rates than a cosine does.
    """
    warm, start, end = 0.23, 0.2, 0.07
    if progress < warm:
        return start + (1 - start) * progress / warm
    return 1 + (end - 1) * (progress - warm) / (1 - warm)


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "step": step,
    "cosine": cosine,
    "onecycle": onecycle,
    "triangle": triangle,
}


def learning_rate(config: RunConfig, progress: float) -> float:
    """The learning rate at this share of the training (steps done / steps in all)."""
    return config.learning_rate * SCHEDULES[config.schedule](progress)


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Gives the optimiser its learning rate for the coming step."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get(TIMES, 1.0)
