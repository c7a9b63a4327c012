"""The exponential moving average of a network's weights, kept beside the network that is trained.

Steps at a high learning rate circle around the minimum; their average lies nearer to it (Polyak and Juditsky,
"Acceleration of stochastic approximation by averaging", 1992).
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn


class Average:
    """`model` holds the averaged weights, and the running figures of batch norm averaged in the same way."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Takes in the weights after one more step: average = d * average + (1 - d) * weights.

        d starts low and rises to `decay`, d = min(decay, (1 + n) / (10 + n)) before update n + 1, so that the initial
        weights are soon forgotten however short the training is.
        """
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        averages, values = list(self.model.state_dict().values()), list(model.state_dict().values())
        torch._foreach_lerp_(_floats(averages), _floats(values), 1 - decay)
        for average, value in zip(averages, values, strict=True):
            # Batch norm counts its batches in an integer.
            if not value.is_floating_point():
                average.copy_(value)

    def state(self) -> dict[str, Any]:
        return {"updates": self.updates, "model": self.model.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        self.updates = state["updates"]
        self.model.load_state_dict(state["model"])


def _floats(tensors: list[Tensor]) -> list[Tensor]:
    return [tensor for tensor in tensors if tensor.is_floating_point()]
