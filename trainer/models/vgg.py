"""VGG for small images: the convolutions as a table, batch norm after each (or none), one classifier.

Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014).
"""

import math

import torch
from torch import nn

from trainer.layouts import POOL, SIDE, VGG_LAYOUTS
from trainer.models.head import head as final


def vgg(
    depth: int,
    shape: tuple[int, int, int],
    classes: int,
    *,
    batch_norm: bool = True,
    head: str = "linear",
    dropout: float = 0.0,
) -> nn.Module:
    """The VGG of `depth` weight layers (its three fully connected ones replaced by one).

    Images smaller than 32 pixels a side get a border of the mean colour; larger ones are averaged at the end.
    """
    channels, height, width = shape
    layers: list[nn.Module] = [border(height, width)] if min(height, width) < SIDE else []
    for width_out in VGG_LAYOUTS[depth]:
        if width_out == POOL:
            layers.append(nn.MaxPool2d(2))
        else:
            conv = nn.Conv2d(channels, width_out, 3, padding=1)
            norm = [nn.BatchNorm2d(width_out)] if batch_norm else []
            if not batch_norm:
                enlarge(conv)
            layers += [conv, *norm, nn.ReLU(inplace=True)]
            channels = width_out
    return nn.Sequential(*layers, *final(head, channels, classes, dropout))


@torch.no_grad()
def enlarge(conv: nn.Conv2d) -> None:
    """The same weights with the variance 2 / inputs that ReLU asks for, six times that of torch, and no bias.

    Batch norm makes up for any scale. Without it the logits of two images would differ by 1e-4 at the start of VGG-11
    and by 1e-8 of VGG-19 (He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015).
    """
    conv.weight.mul_(math.sqrt(6))
    assert conv.bias is not None
    conv.bias.zero_()


def border(height: int, width: int) -> nn.Module:
    """Fills an image up to 32x32, evenly on both sides. Zero is the mean colour after normalisation."""
    rows, columns = max(0, SIDE - height), max(0, SIDE - width)
    return nn.ZeroPad2d((columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
