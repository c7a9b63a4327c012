"""Optimisers and learning-rate schedules by name.

A schedule is a function of progress (steps done / steps in all, 0..1) that returns the share of the configured
learning rate: a resumed run needs no scheduler state, only its step number.
"""

import math
from collections.abc import Callable, Iterable

import torch
from torch import nn

from trainer.config import RunConfig

Parameters = Iterable[nn.Parameter]


def sgd(parameters: Parameters, config: RunConfig) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        parameters,
        lr=config.learning_rate,
        momentum=config.momentum,
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


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "step": step,
    "cosine": cosine,
    "onecycle": onecycle,
}


def set_learning_rate(optimizer: torch.optim.Optimizer, config: RunConfig, progress: float) -> float:
    """Gives the optimiser its learning rate for the coming step, and returns it."""
    rate = config.learning_rate * SCHEDULES[config.schedule](progress)
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate
