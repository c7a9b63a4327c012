"""What there is to choose from: architectures and data sets with their words, shapes and defaults.

Standard library only. The functions that build them live in trainer/models and trainer/data, and tests keep the
names equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.config import FIELDS, Architecture, ConfigError, RunConfig


@dataclass(frozen=True)
class ArchitectureInfo:
    """An architecture's words and the smallest image (pixels a side) that it can take."""

    name: Architecture
    title: str
    description: str
    minimum_side: int
    # On the data set of its experiment: LeNet, MLP and CNN on MNIST, the others on CIFAR-10.
    parameters: int
    defaults: Mapping[str, Any]


@dataclass(frozen=True)
class DatasetInfo:
    """A built-in data set: image shape (channels, height, width), split sizes, what it costs to fetch."""

    name: str
    title: str
    description: str
    shape: tuple[int, int, int]
    train_images: int
    test_images: int
    classes: tuple[str, ...]
    # Per-channel mean and standard deviation of the training pixels scaled to 0..1.
    mean: tuple[float, ...]
    std: tuple[float, ...]
    download_bytes: int
    defaults: Mapping[str, Any]


SMALL = {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.5, "batch_size": 64, "epochs": 10}
LENET = {"optimizer": "adam", "learning_rate": 1e-3, "momentum": 0.0, "batch_size": 64, "epochs": 10}
DEEP = {"optimizer": "adam", "learning_rate": 1e-3, "momentum": 0.0, "batch_size": 128, "epochs": 10}

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
    )
}

DIGITS = tuple("0123456789")

DATASETS: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            "mnist",
            "MNIST",
            "Handwritten digits, 28x28, grey.",
            (1, 28, 28),
            60_000,
            10_000,
            DIGITS,
            (0.1307,),
            (0.3081,),
            11_594_722,
            {"augment": False},
        ),
        DatasetInfo(
            "cifar10",
            "CIFAR-10",
            "Small photographs of ten kinds of things, 32x32, colour.",
            (3, 32, 32),
            50_000,
            10_000,
            ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            (0.4914, 0.4822, 0.4465),
            (0.2023, 0.1994, 0.2010),
            170_498_071,
            {"augment": True},
        ),
        DatasetInfo(
            "fashion_mnist",
            "Fashion-MNIST",
            "Pieces of clothing, 28x28, grey.",
            (1, 28, 28),
            60_000,
            10_000,
            (
                "t-shirt",
                "trouser",
                "pullover",
                "dress",
                "coat",
                "sandal",
                "shirt",
                "sneaker",
                "bag",
                "ankle boot",
            ),
            (0.2860,),
            (0.3530,),
            30_878_645,
            {"augment": False},
        ),
        DatasetInfo(
            "digits",
            "Digits",
            "1,797 small handwritten digits scaled to 28x28; comes with the installation, no download.",
            (1, 28, 28),
            1_437,
            360,
            DIGITS,
            (0.3054,),
            (0.3247,),
            0,
            {"augment": False},
        ),
    )
}


def defaults(architecture: str, dataset: str) -> dict[str, Any]:
    """The catalogue's values for this pair; the data set's win where both name one. Unknown names add nothing."""
    chosen: dict[str, Any] = {"architecture": architecture, "dataset": dataset}
    for table in (ARCHITECTURES.get(architecture), DATASETS.get(dataset)):
        chosen |= dict(table.defaults) if table else {}
    return chosen


def resolve(values: Mapping[str, Any]) -> RunConfig:
    """A whole configuration from the values somebody gave, the catalogue's defaults for the rest.

    Raises ConfigError naming every unknown key and every value that is not accepted.
    """
    unknown = {key: f"is no setting; known are {', '.join(FIELDS)}" for key in values if key not in FIELDS}
    if unknown:
        raise ConfigError(unknown)
    architecture = values.get("architecture", FIELDS["architecture"].default)
    dataset = values.get("dataset", FIELDS["dataset"].default)
    return RunConfig(**(defaults(architecture, dataset) | dict(values)))
