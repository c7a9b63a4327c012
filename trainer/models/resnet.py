"""ResNet with basic blocks for small images, and its plain twin: the same layers without the shortcuts.

A 3x3 stem keeps the size and nothing is pooled before the stages. He, Zhang, Ren and Sun, "Deep residual learning for
image recognition" (2015): depths 18 and 34 after its table 1, 20 and 56 (6 n + 2) after section 4.2.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from trainer.layouts import STAGES, THIN
from trainer.models.head import head as final


class PlainBlock(nn.Module):
    """y = ReLU(F(x)), where F is two 3x3 convolutions, each with batch norm."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)

    def residual(self, x: Tensor) -> Tensor:
        """F(x)."""
        inner = F.relu(self.norm1(self.conv1(x)), inplace=True)
        outer: Tensor = self.norm2(self.conv2(inner))
        return outer

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.residual(x), inplace=True)


class BasicBlock(PlainBlock):
    """y = ReLU(F(x) + x); where x changes its shape, `shortcut` makes it fit."""

    def __init__(self, channels: int, width: int, stride: int, *, padded: bool = False) -> None:
        super().__init__(channels, width, stride)
        self.shortcut = shortcut(channels, width, stride, padded=padded)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.residual(x) + self.shortcut(x), inplace=True)


class Padded(nn.Module):
    """The paper's option A: every `stride`-th pixel, and maps of zeros for the `missing` ones. No parameters."""

    def __init__(self, missing: int, stride: int) -> None:
        super().__init__()
        self.missing, self.stride = missing, stride

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.missing))


def shortcut(channels: int, width: int, stride: int, *, padded: bool) -> nn.Module:
    """The identity; where the shape changes the paper's option B, a 1x1 convolution with batch norm, or `padded`, A."""
    if stride == 1 and channels == width:
        return nn.Sequential()
    if padded:
        return Padded(width - channels, stride)
    return nn.Sequential(nn.Conv2d(channels, width, 1, stride=stride, bias=False), nn.BatchNorm2d(width))


def resnet(
    depth: int,
    shape: tuple[int, int, int],
    classes: int,
    *,
    residual: bool = True,
    head: str = "linear",
    dropout: float = 0.0,
) -> nn.Module:
    """The ResNet of `depth` weight layers, or its plain twin; every stage after the first halves the image."""
    channels, padded = STAGES[depth][0][0], depth in THIN
    layers: list[nn.Module] = [
        nn.Conv2d(shape[0], channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    ]
    for stage, (width, blocks) in enumerate(STAGES[depth]):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            if residual:
                layers.append(BasicBlock(channels, width, stride, padded=padded))
            else:
                layers.append(PlainBlock(channels, width, stride))
                # Drawn and thrown away: all that follows begins with the very weights of the residual twin.
                shortcut(channels, width, stride, padded=padded)
            channels = width
    return nn.Sequential(*layers, *final(head, channels, classes, dropout))
