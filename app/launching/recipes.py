"""The experiments that one click launches: groups of configurations that teach something beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from app.lifecycle.schemas import RunSubmission


@dataclass(frozen=True)
class Recipe:
    """Runs that belong together; `lesson` is what one should see in their comparison, and why."""

    name: str
    title: str
    description: str
    lesson: str
    # Label of the run, and what its configuration sets beside the catalogue's defaults.
    runs: Sequence[tuple[str, Mapping[str, Any]]]


# The course trains on every training image and chooses the best epoch on the test split.
COURSE = {"validation_fraction": 0.0}
ADAM = {"optimizer": "adam", "learning_rate": 1e-3, "momentum": 0.0, "schedule": "constant"}
SGD = {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.5, "schedule": "constant"}
COSINE = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "weight_decay": 5e-4,
    "schedule": "cosine",
}
LENET = {"architecture": "lenet", "dataset": "mnist", "epochs": 10, "batch_size": 64, **ADAM, **COURSE}
SMALL = {"dataset": "mnist", "epochs": 1, "batch_size": 64, **SGD, **COURSE}
DEEP = {"dataset": "cifar10", "epochs": 10, "batch_size": 128, "augment": True, **ADAM, **COURSE}
DIAL = {"architecture": "cnn", "permute": True, **SMALL}
# As He et al. (2015), section 4.2, with a cosine for their two steps down.
CIFAR = {**COSINE, "weight_decay": 1e-4, "augment": True}
# The catalogue's defaults for these networks are the recipe.
FAST = {"dataset": "cifar10", **COURSE}

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "lenet-mnist",
            "LeNet on MNIST",
            "LeNet-5 reads handwritten digits: ten epochs of Adam on all 60,000 images. As in the course, the best "
            "epoch is chosen on the test split, which is a little optimistic.",
            "About 99 % after ten epochs, most of it after the first. The best epoch is usually not the last, but the "
            "difference is hardly larger than its interval: do not read noise as overfitting.",
            (("LeNet", LENET),),
        ),
        Recipe(
            "permutation",
            "Pixel permutation",
            "An MLP and a CNN with equally many parameters, one epoch each, on MNIST as it is and on MNIST with the "
            "pixels of every image scrambled in the same way. Chosen on the test split, as in the course.",
            "The MLP does not notice: its first layer gives every pixel a weight of its own, wherever it lies. The "
            "CNN loses eight points or more, because its kernels expect neighbours to belong together. It still "
            "reaches about 80 %: the locality is lost, not the information.",
            (
                ("MLP", {"architecture": "mlp", **SMALL}),
                ("CNN", {"architecture": "cnn", **SMALL}),
                ("MLP, permuted", {"architecture": "mlp", "permute": True, **SMALL}),
                ("CNN, permuted", {"architecture": "cnn", "permute": True, **SMALL}),
            ),
        ),
        Recipe(
            "vgg-cifar10",
            "VGG-11 on CIFAR-10",
            "The convolution stack of VGG-11 with batch norm (the course calls it VGG16): ten epochs of Adam with "
            "random crops and flips. Chosen on the test split, as in the course.",
            "82 to 88 % after ten epochs. Cats and birds are hard, cars and ships easy: the mean hides that, the "
            "per-class accuracies show it.",
            (("VGG-11", {"architecture": "vgg11", **DEEP}),),
        ),
        Recipe(
            "resnet-cifar10",
            "ResNet-18 on CIFAR-10",
            "Eight residual blocks, eighteen layers: ten epochs with crops and flips, once with the course's Adam, "
            "once with SGD from 0.1 down a cosine. Chosen on the test split, as in the course.",
            "At least 85 % after ten epochs, ahead of VGG-11. Each block adds to what it is given, so the identity and "
            "a gradient path of slope one remain however deep the network is. SGD starts behind and is ahead when its "
            "learning rate has come down.",
            (
                ("ResNet-18, Adam", {"architecture": "resnet18", **DEEP}),
                ("ResNet-18, SGD with cosine", {"architecture": "resnet18", **DEEP, **COSINE}),
            ),
        ),
        Recipe(
            "residual-plain",
            "Residual against plain",
            "ResNet-20 and ResNet-56 beside the same layers without the shortcuts, with the same initial weights: ten "
            "epochs of SGD from 0.1 down a cosine, with crops and flips. Meant for a GPU; a CPU takes hours.",
            "Look at the training loss first: when the deeper plain network ends above the shallower one, that is no "
            "overfitting, it is harder to train. With the shortcuts depth should do no harm: each block adds to what "
            "it is given, so that the identity is easy to learn. The learning rate is the same in all four.",
            tuple(
                (title, {"architecture": name, "dataset": "cifar10", "epochs": 10, "batch_size": 128, **CIFAR})
                for name, title in (
                    ("resnet20", "ResNet-20"),
                    ("plain20", "Plain-20"),
                    ("resnet56", "ResNet-56"),
                    ("plain56", "Plain-56"),
                )
            ),
        ),
        Recipe(
            "permutation-dial",
            "How much locality is destroyed",
            "The CNN of the permutation experiment, one epoch each: a growing share of the pixels permuted, then "
            "pixels within blocks of 4x4, the blocks themselves, and whole rows. Chosen on the test split, as in the "
            "course.",
            "The more pixels move, the less it reaches, little by little. Scrambling inside small blocks costs a few "
            "points, for the blocks still lie where they were; moving the blocks costs more, though inside each of "
            "them every stroke is whole. With the seeds one epoch varies by two to four points, so that a smaller "
            "difference between two runs says nothing.",
            (
                ("Not permuted", {"architecture": "cnn", **SMALL}),
                *(
                    (f"{percent} % of the pixels", DIAL | {"permutation_fraction": percent / 100})
                    for percent in (25, 50, 75, 100)
                ),
                ("Within 4x4 blocks", DIAL | {"permutation": "within"}),
                ("4x4 blocks", DIAL | {"permutation": "blocks"}),
                ("Rows", DIAL | {"permutation": "rows"}),
            ),
        ),
        Recipe(
            "classifier",
            "1x1 convolution against fully connected",
            "LeNet-5 on MNIST with its three fully connected layers, and with a 1x1 convolution to one map a digit and "
            "the mean of each map in their place: three epochs of Adam. Chosen on the test split, as in the course.",
            "The 1x1 convolution has 2,742 parameters instead of 61,706 and loses about five points: it asks how much "
            "of a digit's parts there is, not where they lie. In VGG and ResNet, which average their maps before the "
            "classifier, both are the same function with as many parameters.",
            (
                ("Fully connected", LENET | {"epochs": 3}),
                ("1x1 convolution", LENET | {"epochs": 3, "head": "conv1x1"}),
            ),
        ),
        Recipe(
            "fast-vgg",
            "Fast VGG: 94 % on CIFAR-10",
            "The fewest seconds to about 94 %, after the record holders: a small network behind whitening filters, "
            "faster biases, label smoothing, averaged weights, and the mean over each test image and its mirror image. "
            "Trains on all 50,000 images for a fixed number of epochs.",
            "Read the last epoch's accuracy: the number of epochs was fixed before, so nothing was chosen on the test "
            "split. The best epoch was, as in the course, and is a little optimistic. No single trick does it: turn "
            "one off at a time and compare, over several seeds, for the gains are hardly larger than the noise.",
            (("Fast VGG", {"architecture": "fastvgg", **FAST}),),
        ),
        Recipe(
            "fast-resnet",
            "Fast ResNet-9: 94 % on CIFAR-10",
            "Two residual blocks and the same tricks as in Fast VGG: more arithmetic an image, fewer epochs. Trains on "
            "all 50,000 images for a fixed number of epochs.",
            "Read the last epoch's accuracy: the number of epochs was fixed before, so nothing was chosen on the test "
            "split. Wider layers learn more from an epoch and take longer for it: compare the seconds, not the epochs.",
            (("ResNet-9", {"architecture": "resnet9", **FAST}),),
        ),
    )
}


def submissions(recipe: Recipe, overrides: Mapping[str, Any] | None = None) -> list[RunSubmission]:
    """The recipe's runs, with `overrides` in each."""
    return [RunSubmission(**{**values, **(overrides or {})}, name=label) for label, values in recipe.runs]


def new_group(recipe: Recipe) -> str:
    """A group for one launch; it begins with the recipe's name, from which the comparison tells its lesson."""
    return f"{recipe.name}:{uuid4().hex[:8]}"
