"""The architectures there are: their words, sizes and defaults.

Standard library only. The functions that build them are in trainer/models, and a test keeps the names equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.config import Architecture


@dataclass(frozen=True)
class ArchitectureInfo:
    """An architecture's words and the smallest image (pixels a side) that it can take."""

    name: Architecture
    title: str
    description: str
    minimum_side: int
    # With the default settings, on the data set of its experiment: LeNet, MLP and CNN on MNIST, the others on CIFAR-10.
    parameters: int
    defaults: Mapping[str, Any]


SMALL = {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.5, "batch_size": 64, "epochs": 10}
LENET = {"optimizer": "adam", "learning_rate": 1e-3, "momentum": 0.0, "batch_size": 64, "epochs": 10}
DEEP = {"optimizer": "adam", "learning_rate": 1e-3, "momentum": 0.0, "batch_size": 128, "epochs": 10}
# He et al. (2015), section 4.2, with a cosine for their two steps down.
THIN = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "schedule": "cosine",
    "batch_size": 128,
    "epochs": 10,
}
# Jordan's settings of "94% on CIFAR-10 in 3.29 seconds" (2024), brought to a mean loss and half his batch: 11.5 and
# 0.0153 for 1024 images and decoupled from momentum are 0.73 and 0.00133 here. 500 divides CIFAR-10's 50,000.
FAST = {
    "optimizer": "sgd",
    "learning_rate": 0.73,
    "momentum": 0.85,
    "nesterov": True,
    "weight_decay": 0.00133,
    "bias_rate": 64.0,
    "schedule": "triangle",
    "crop_padding": 2,
    "label_smoothing": 0.2,
    "ema": 0.98,
    "test_time_flips": True,
    "batch_size": 500,
    # Of his ablations: 13.5 to reach 94 % without Lookahead, 12 with it; an average beside the weights is between.
    "epochs": 13,
}

ARCHITECTURES: dict[str, ArchitectureInfo] = {
    info.name: info
    for info in (
        ArchitectureInfo(
            "mlp",
            "MLP",
            "Two hidden layers of eight units. Sees pixels without their places: scrambling them changes nothing.",
            1,
            6_442,
            SMALL,
        ),
        ArchitectureInfo(
            "cnn",
            "Small CNN",
            "Two 5x5 convolutions with pooling and a small classifier; as many parameters as the MLP.",
            16,
            6_422,
            SMALL,
        ),
        ArchitectureInfo(
            "lenet",
            "LeNet-5",
            "The classic digit reader: two convolutions, three fully connected layers.",
            12,
            61_706,
            LENET,
        ),
        ArchitectureInfo(
            "vgg11",
            "VGG-11",
            "Eight 3x3 convolutions with batch norm, five poolings, one linear layer.",
            1,
            9_231_114,
            DEEP,
        ),
        ArchitectureInfo("vgg13", "VGG-13", "VGG with ten convolutions.", 1, 9_416_010, DEEP),
        ArchitectureInfo("vgg16", "VGG-16", "VGG with thirteen convolutions.", 1, 14_728_266, DEEP),
        ArchitectureInfo("vgg19", "VGG-19", "VGG with sixteen convolutions.", 1, 20_040_522, DEEP),
        ArchitectureInfo(
            "resnet18",
            "ResNet-18",
            "Eight residual blocks; the shortcuts let gradients reach the first layer.",
            9,
            11_173_962,
            DEEP,
        ),
        ArchitectureInfo("resnet34", "ResNet-34", "Sixteen residual blocks.", 9, 21_282_122, DEEP),
        ArchitectureInfo(
            "resnet20",
            "ResNet-20",
            "Nine thin residual blocks (16, 32, 64 maps): the smallest of the original CIFAR-10 networks.",
            5,
            269_722,
            THIN,
        ),
        ArchitectureInfo("resnet56", "ResNet-56", "Twenty-seven thin residual blocks.", 5, 853_018, THIN),
        # The defaults of its residual twin, so that the shortcuts are all that differs.
        ArchitectureInfo("plain18", "Plain-18", "ResNet-18 without its shortcuts.", 9, 11_000_138, DEEP),
        ArchitectureInfo("plain34", "Plain-34", "ResNet-34 without its shortcuts.", 9, 21_108_298, DEEP),
        ArchitectureInfo("plain20", "Plain-20", "ResNet-20 without its shortcuts.", 5, 269_722, THIN),
        ArchitectureInfo(
            "plain56",
            "Plain-56",
            "ResNet-56 without its shortcuts: deep enough that it is harder to train than Plain-20.",
            5,
            853_018,
            THIN,
        ),
        ArchitectureInfo(
            "fastvgg",
            "Fast VGG",
            "Six narrow 3x3 convolutions behind filters that whiten the image: made to reach 94 % on CIFAR-10 quickly.",
            1,
            1_971_328,
            FAST,
        ),
        ArchitectureInfo(
            "resnet9",
            "ResNet-9",
            "Two residual blocks between three convolutions, behind filters that whiten the image: made for speed.",
            1,
            6_523_008,
            # Jordan's rate for his larger networks; Page's ten epochs.
            FAST | {"learning_rate": 0.6, "epochs": 10},
        ),
    )
}
