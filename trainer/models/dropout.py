"""Dropout whose numbers come from a stream of the run, never from a global generator.

Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural networks from
overfitting" (2014). As there and in AlexNet and VGG it stands behind each hidden fully connected layer; a network
without any (VGG and ResNet here) has it in front of its classifier.
"""

import torch
from torch import Tensor, nn

from trainer.randomness import derive


class Dropout(nn.Module):
    """In training sets a share `rate` of the values to zero and scales the others so that the mean stays the same."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        # Given by `begin_epoch`. Until then torch's own: nobody trains by accident without any dropout.
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.empty_like(x).bernoulli_(1 - self.rate, generator=self.generator)
        return x * kept.div_(1 - self.rate)

    def extra_repr(self) -> str:
        return f"rate={self.rate}"


def dropped(rate: float) -> list[nn.Module]:
    """A dropout layer, or nothing at all for the rate 0."""
    return [Dropout(rate)] if rate else []


def begin_epoch(model: nn.Module, seed: int, epoch: int, device: torch.device) -> torch.Generator | None:
    """Lets all dropout layers of the model draw from the stream of this epoch, one layer after the other.

    Returns the generator, which moves on with every step, or None where there is no such layer.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, Dropout)]
    # The stream lies where the values do, as drawing on the CPU would let a GPU wait in every step.
    generator = torch.Generator(device).manual_seed(derive(seed, "dropout", epoch)) if layers else None
    for layer in layers:
        layer.generator = generator
    return generator
