"""Two small convolutional networks: LeNet-5 with ReLU, and the CNN that matches the MLP in size.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
"""

from torch import nn


def lenet(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """6 and 16 maps of 5x5 with max-pooling, then 120 - 84 - classes.

    LeNet-5 was drawn for 32x32, so that smaller images get a border of two pixels in the first convolution.
    """
    channels, height, width = shape
    padding = 2 if min(height, width) < 32 else 0
    rows, columns = (((side + 2 * padding - 4) // 2 - 4) // 2 for side in (height, width))
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=padding),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * rows * columns, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, classes),
    )


def cnn(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """6 and 6 maps of 5x5 with max-pooling, then 50 - classes: 20 parameters less than the MLP on 28x28x1."""
    channels, height, width = shape
    rows, columns = (((side - 4) // 2 - 4) // 2 for side in (height, width))
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(6 * rows * columns, 50),
        nn.ReLU(),
        nn.Linear(50, classes),
    )
