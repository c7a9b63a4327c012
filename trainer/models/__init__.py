"""The architectures by name. Each function takes (channels, height, width), a number of classes, and by keyword the
settings that trainer/scope.py says it has."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from trainer.catalog import ARCHITECTURES
from trainer.errors import DoesNotFit
from trainer.models.fast import fastvgg, resnet9
from trainer.models.lenet import cnn, lenet
from trainer.models.mlp import mlp
from trainer.models.resnet import resnet
from trainer.models.vgg import vgg

Shape = tuple[int, int, int]

# Every network maps float32 (N, C, H, W) to one logit a class, (N, classes).
MODELS: dict[str, Callable[..., nn.Module]] = {
    "mlp": mlp,
    "cnn": cnn,
    "lenet": lenet,
    "vgg11": partial(vgg, 11),
    "vgg13": partial(vgg, 13),
    "vgg16": partial(vgg, 16),
    "vgg19": partial(vgg, 19),
    "resnet18": partial(resnet, 18),
    "resnet34": partial(resnet, 34),
    "resnet20": partial(resnet, 20),
    "resnet56": partial(resnet, 56),
    "plain18": partial(resnet, 18, residual=False),
    "plain34": partial(resnet, 34, residual=False),
    "plain20": partial(resnet, 20, residual=False),
    "plain56": partial(resnet, 56, residual=False),
    "fastvgg": fastvgg,
    "resnet9": resnet9,
}


def build(architecture: str, shape: Shape, classes: int, **settings: Any) -> nn.Module:
    """The network for images of this shape, weights drawn from torch's global generator.

    `settings` are those of RunConfig.network(); what is left out has its default.

    Raises DoesNotFit when the images are smaller than the architecture can take.
    """
    info = ARCHITECTURES[architecture]
    _, height, width = shape
    if min(height, width) < info.minimum_side:
        raise DoesNotFit(
            f"{info.title} takes images of at least {info.minimum_side}x{info.minimum_side} pixels, and these "
            f"have {height}x{width}. Choose another architecture (mlp takes any size) or larger images."
        )
    return MODELS[architecture](shape, classes, **settings)


def count_parameters(model: nn.Module) -> int:
    """How many numbers the training adjusts."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
