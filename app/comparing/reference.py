"""The course's own results, to compare with: facts, drawn as dotted lines where architecture and data set match."""

from typing import TypedDict


class ReferenceRow(TypedDict):
    """One epoch of the course's run; losses in nats, accuracies as fractions."""

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float


# Per epoch: training loss, training accuracy %, test loss, test accuracy %. For LeNet the training figures are those
# reported at step 900 of 938 (loss of the last 100 steps, running accuracy); for VGG-11 the epoch's running ones.
CURVES: dict[tuple[str, str], tuple[tuple[float, float, float, float], ...]] = {
    ("lenet", "mnist"): (
        (0.0876, 92.84, 0.0854, 97.36),
        (0.0608, 97.91, 0.0484, 98.39),
        (0.041, 98.5, 0.0415, 98.62),
        (0.04, 98.84, 0.044, 98.6),
        (0.0245, 99.06, 0.0468, 98.52),
        (0.0288, 99.18, 0.0554, 98.28),
        (0.0181, 99.3, 0.0441, 98.65),
        (0.0194, 99.41, 0.0316, 99.08),
        (0.0136, 99.46, 0.0403, 98.86),
        (0.0195, 99.5, 0.0391, 98.93),
    ),
    ("vgg11", "cifar10"): (
        (1.42, 47.5, 1.1123, 60.26),
        (0.94, 66.8, 0.878, 70.31),
        (0.767, 73.1, 0.7769, 73.56),
        (0.662, 77.0, 0.6401, 77.54),
        (0.586, 79.6, 0.6776, 78.17),
        (0.533, 81.5, 0.5979, 79.1),
        (0.489, 83.1, 0.5611, 81.28),
        (0.457, 84.3, 0.5402, 81.26),
        (0.417, 85.6, 0.5032, 82.8),
        (0.392, 86.4, 0.4554, 84.69),
    ),
}


def course_curve(architecture: str, dataset: str) -> list[ReferenceRow]:
    """The course's epochs for this pair, or nothing."""
    return [
        ReferenceRow(
            epoch=epoch,
            train_loss=train_loss,
            train_accuracy=train_percent / 100,
            test_loss=test_loss,
            test_accuracy=test_percent / 100,
        )
        for epoch, (train_loss, train_percent, test_loss, test_percent) in enumerate(
            CURVES.get((architecture, dataset), ()), start=1
        )
    ]
