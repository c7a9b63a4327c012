"""Two small convolutional networks: LeNet-5 with ReLU, and the CNN that matches the MLP in size.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
"""

from torch import nn

from trainer.models.dropout import dropped
from trainer.models.head import head as final


def lenet(shape: tuple[int, int, int], classes: int, *, head: str = "linear", dropout: float = 0.0) -> nn.Module:
    """6 and 16 maps of 5x5 with max-pooling, then 120 - 84 - classes, or the conv1x1 head in their place.

    LeNet-5 was drawn for 32x32, so that smaller images get a border of two pixels in the first convolution.
    """
    _, height, width = shape
    padding = 2 if min(height, width) < 32 else 0
    maps = _convolutions(shape[0], 6, 16, padding)
    if head != "linear":
        return nn.Sequential(*maps, *final(head, 16, classes, dropout))
    pixels = _side(height + 2 * padding) * _side(width + 2 * padding)
    return nn.Sequential(
        *maps,
        nn.Flatten(),
        nn.Linear(16 * pixels, 120),
        nn.ReLU(),
        *dropped(dropout),
        nn.Linear(120, 84),
        nn.ReLU(),
        *dropped(dropout),
        nn.Linear(84, classes),
    )


def cnn(
    shape: tuple[int, int, int], classes: int, *, features: int = 6, head: str = "linear", dropout: float = 0.0
) -> nn.Module:
    """Twice `features` maps of 5x5 with max-pooling, then 50 - classes, or the conv1x1 head in their place.

    With 6 maps it has 20 parameters less than the MLP with 8 units, on 28x28x1.
    """
    channels, height, width = shape
    maps = _convolutions(channels, features, features, padding=0)
    if head != "linear":
        return nn.Sequential(*maps, *final(head, features, classes, dropout))
    return nn.Sequential(
        *maps,
        nn.Flatten(),
        nn.Linear(features * _side(height) * _side(width), 50),
        nn.ReLU(),
        *dropped(dropout),
        nn.Linear(50, classes),
    )


def _convolutions(channels: int, first: int, second: int, padding: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels, first, 5, padding=padding),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
    ]


def _side(side: int) -> int:
    """Pixels a side that two 5x5 convolutions without border and two poolings leave."""
    return ((side - 4) // 2 - 4) // 2
