"""A small fully connected network: it sees pixels without their places."""

import math

from torch import nn


def mlp(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Pixels - 8 - 8 - classes with ReLU, log-probabilities at the end.

    Cross-entropy takes a log-softmax itself; on log-probabilities that changes nothing (log-softmax is
    idempotent), so the loss is the same as on the logits before it.
    """
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), 8),
        nn.ReLU(),
        nn.Linear(8, 8),
        nn.ReLU(),
        nn.Linear(8, classes),
        nn.LogSoftmax(dim=1),
    )
