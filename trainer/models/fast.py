"""Two networks for the fewest seconds to 94 % on CIFAR-10: a VGG of seven weight layers and a residual one of nine.

Both begin with filters that whiten small patches of the training images and are not trained: the first thing that a
network otherwise spends its epochs on. After them batch norm without a scale (the next layer can make up for it),
GELU, and convolutions that begin as the identity, so that no signal is lost on its way down. The ideas are those of
Page, "How to train your ResNet" (2018-2019), of hlb-CIFAR10 (2023), and of Jordan, "94% on CIFAR-10 in 3.29 seconds
on a single GPU" (2024), section 3; docs/experiments.md has their figures beside ours.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.layouts import RESNET_WIDTHS, SIDE, VGG_WIDTHS, WHITENED
from trainer.models.vgg import border

# Added to each direction's variance before it is divided out, so that a direction of mere noise stays quiet.
NOISE = 5e-4
# Images that the patches are taken from: five million patches for a matrix of 12x12.
FITTED = 5000
# Weight of the newest batch in batch norm's running figures: a run of a thousand steps has no time for torch's 0.1.
NORM_MOMENTUM = 0.4
# Takes the logits down, about to 1 at the start, where maps begin as copies of each other and are pooled by maximum.
SCALE = 1 / 9


class Whitening(nn.Module):
    """Projects every patch on its principal directions, each scaled to variance 1, and on their negatives, so that
    the GELU behind it lets both signs through. Not trained; until `fit` it passes the pixels themselves.

    (N, C, H, W) -> (N, 8 C, H - 1, W - 1)
    """

    weight: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        directions = torch.eye(channels * WHITENED**2).view(-1, channels, WHITENED, WHITENED)
        self.register_buffer("weight", torch.cat([directions, -directions]))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight)

    @staticmethod
    def sample(images: int) -> slice:
        """Which of so many training images to fit to: about FITTED of them from the first to the last, as they may
        lie in the order of their classes."""
        return slice(None, None, max(1, images // FITTED))

    @torch.no_grad()
    def fit(self, images: Tensor) -> None:
        """Takes the directions from images (N, C, H, W), normalised as the network will see them."""
        patches = F.unfold(images, WHITENED).transpose(1, 2).flatten(0, 1)
        variances, directions = torch.linalg.eigh(torch.cov(patches.T.double()))
        whitened = (directions / (variances + NOISE).sqrt()).T.reshape(-1, *self.weight.shape[1:])
        self.weight.copy_(torch.cat([whitened, -whitened]))


class Norm(nn.BatchNorm2d):
    """Batch norm that learns a bias and no scale."""

    def __init__(self, width: int) -> None:
        super().__init__(width, momentum=NORM_MOMENTUM)
        del self.weight
        self.register_buffer("weight", torch.ones(width), persistent=False)


def convolution(channels: int, width: int) -> nn.Conv2d:
    """3x3, begun as the identity as far as there are input maps; further maps begin at random."""
    layer = nn.Conv2d(channels, width, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight.data[:channels])
    return layer


def down(channels: int, width: int) -> list[nn.Module]:
    """Pooling right behind the convolution: norm and GELU then have a quarter of the work."""
    return [convolution(channels, width), nn.MaxPool2d(2), Norm(width), nn.GELU()]


def level(width: int) -> list[nn.Module]:
    return [convolution(width, width), Norm(width), nn.GELU()]


class Residual(nn.Module):
    """y = x + F(x), where F is two convolutions, each with norm and GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*level(width), *level(width))

    def forward(self, x: Tensor) -> Tensor:
        residual: Tensor = self.layers(x)
        return x + residual


class Head(nn.Module):
    """The strongest answer of every map, one linear layer without bias, and small logits."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, classes, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.linear(F.adaptive_max_pool2d(x, 1).flatten(1))
        return logits * SCALE


def fastvgg(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Whitening, three blocks of two convolutions that halve the image once each, and the head."""
    layers, channels = first(shape)
    for width in VGG_WIDTHS:
        layers += [*down(channels, width), *level(width)]
        channels = width
    return nn.Sequential(*layers, Head(channels, classes))


def resnet9(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Whitening, three convolutions that halve the image, residual blocks behind the first and the last, the head."""
    layers, channels = first(shape)
    wide, wider, widest = RESNET_WIDTHS
    layers += [*down(channels, wide), Residual(wide), *down(wide, wider), *down(wider, widest), Residual(widest)]
    return nn.Sequential(*layers, Head(widest, classes))


def first(shape: tuple[int, int, int]) -> tuple[list[nn.Module], int]:
    """The layers in front and how many maps they give. Smaller images get the border that VGG gives them."""
    channels, height, width = shape
    bordered = [border(height, width)] if min(height, width) < SIDE else []
    return [*bordered, Whitening(channels), nn.GELU()], 2 * channels * WHITENED**2
