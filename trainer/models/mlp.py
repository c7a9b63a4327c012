"""A small fully connected network: it sees pixels without their places."""

import math

from torch import nn

from trainer.models.dropout import dropped


def mlp(shape: tuple[int, int, int], classes: int, *, hidden: int = 8, dropout: float = 0.0) -> nn.Module:
    """Pixels - hidden - hidden - classes with ReLU, log-probabilities at the end.

    Cross-entropy takes a log-softmax itself; on log-probabilities that changes nothing (log-softmax is
    idempotent), so the loss is the same as on the logits before it.
    """
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), hidden),
        nn.ReLU(),
        *dropped(dropout),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        *dropped(dropout),
        nn.Linear(hidden, classes),
        nn.LogSoftmax(dim=1),
    )
