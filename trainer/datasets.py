"""The built-in data sets: their words, shapes, classes and defaults.

Standard library only. Where their files come from is in trainer/sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
