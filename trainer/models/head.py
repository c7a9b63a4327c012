"""From maps to logits: the classifier behind the convolutions."""

from torch import nn

from trainer.models.dropout import dropped


def head(kind: str, channels: int, classes: int, dropout: float) -> list[nn.Module]:
    """Layers from (N, channels, H, W) to (N, classes).

    linear: the mean of each map, then a fully connected layer. conv1x1: a 1x1 convolution to one map a class, then
    the mean of each (Lin, Chen and Yan, "Network in network", 2013). A mean and a linear layer can change places, so
    that both are the same function, with the same initial weights; where the maps are larger than one pixel the
    second works more. What it saves it saves in networks whose fully connected layers read every pixel of the maps.
    """
    if kind == "conv1x1":
        return [*dropped(dropout), nn.Conv2d(channels, classes, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), *dropped(dropout), nn.Linear(channels, classes)]
