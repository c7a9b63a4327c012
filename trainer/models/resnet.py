"""ResNet with basic blocks for small images: a 3x3 stem that keeps the size, no pooling before the stages.

He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015).
"""

import torch.nn.functional as F
from torch import Tensor, nn

# Basic blocks in each of the four stages; two convolutions a block.
BLOCKS: dict[int, tuple[int, int, int, int]] = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
WIDTHS = (64, 128, 256, 512)


class BasicBlock(nn.Module):
    """y = ReLU(F(x) + x), where F is two 3x3 convolutions; x is projected by a 1x1 where its shape changes."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels != width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, width, 1, stride=stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: Tensor) -> Tensor:
        residual = F.relu(self.norm1(self.conv1(x)), inplace=True)
        residual = self.norm2(self.conv2(residual))
        return F.relu(residual + self.shortcut(x), inplace=True)


def resnet(depth: int, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """The ResNet of `depth` weight layers; every stage after the first halves the image."""
    layers: list[nn.Module] = [
        nn.Conv2d(shape[0], WIDTHS[0], 3, padding=1, bias=False),
        nn.BatchNorm2d(WIDTHS[0]),
        nn.ReLU(inplace=True),
    ]
    channels = WIDTHS[0]
    for stage, (width, blocks) in enumerate(zip(WIDTHS, BLOCKS[depth], strict=True)):
        for block in range(blocks):
            layers.append(BasicBlock(channels, width, stride=2 if stage > 0 and block == 0 else 1))
            channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
