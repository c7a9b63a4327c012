"""scikit-learn's bundled digits: the data set of a first run without a network.

1,797 images of 8x8 with 17 grey levels, from UCI's "Optical recognition of handwritten digits" (Alpaydin and Kaynak).
"""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from trainer.catalog import DATASETS
from trainer.prepared import Arrays

# MNIST's size, so that every architecture takes them.
SIDE = 28


def digits() -> Arrays:
    """The digits scaled to 28x28, with a fixed test split of 360, stratified by class."""
    info = DATASETS["digits"]
    pixels, labels = load_digits(return_X_y=True)
    small = torch.from_numpy(pixels).float().view(-1, 1, 8, 8) * (255 / 16)
    large = F.interpolate(small, size=(SIDE, SIDE), mode="bilinear", antialias=False)
    images = large.round().to(torch.uint8).numpy()
    train, test = train_test_split(np.arange(len(labels)), test_size=info.test_images, stratify=labels, random_state=0)
    labels = labels.astype(np.int64)
    return Arrays(images[train], labels[train], images[test], labels[test], info.classes)
