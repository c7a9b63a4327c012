"""Learning-rate schedules by name, without torch: the trainer follows them, and pages draw them.

A schedule is a function of progress (steps done / steps in all, 0..1) that returns the share of the configured
learning rate: a resumed run needs no scheduler state, only its step number.
"""

import math
from collections.abc import Callable

from trainer.config import RunConfig

# Enough for the corners of a schedule to look sharp.
SAMPLES = 121


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


def sampled(config: RunConfig) -> list[float]:
    """The learning rates at SAMPLES equally distant points from the first step to the last."""
    return [learning_rate(config, place / (SAMPLES - 1)) for place in range(SAMPLES)]
