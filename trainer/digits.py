"""scikit-learn's bundled digits: the data set of a first run without a network.

1,797 images of 8x8 with 17 grey levels, from UCI's "Optical recognition of handwritten digits" (Alpaydin and Kaynak).
Its file is read as it lies: importing scikit-learn would take longer than a first run's epochs.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from trainer.catalog import DATASETS
from trainer.errors import DataUnavailable
from trainer.prepared import Arrays

# MNIST's size, so that every architecture takes them.
SIDE = 28
FILE = "datasets/data/digits.csv.gz"
# The test images, each by how many lines of the file it is behind the one before, in base 36. scikit-learn's
# train_test_split drew them once, stratified by class; kept here, no release of it can draw others.
TEST = """
m3461223366k13693312572c12ebb3d29142163dd3272a381343756111142c27452i82246746223343325372a2rc3121k71af392114e6b429i2283e1
8j61121473f4335b61122b31115623123182u2155b9329153a83861169d484125512112122277521b43h8522623618232d57211522151141675cd313
819b812411h546a7b118a111b713k91199565285b13132623631843179128119726196a46422313921538555422516835712a1926835539311423622
"""


def digits() -> Arrays:
    """The digits scaled to 28x28, with a fixed test split of 360. Raises DataUnavailable."""
    info = DATASETS["digits"]
    table = np.loadtxt(_file(), delimiter=",", dtype=np.float32)
    small = torch.from_numpy(table[:, :-1]).view(-1, 1, 8, 8) * (255 / 16)
    large = F.interpolate(small, size=(SIDE, SIDE), mode="bilinear", antialias=False)
    images, labels = large.round().to(torch.uint8).numpy(), table[:, -1].astype(np.int64)
    test = np.zeros(len(table), bool)
    test[np.cumsum([int(gap, 36) for gap in TEST.replace("\n", "")]) - 1] = True
    return Arrays(images[~test], labels[~test], images[test], labels[test], info.classes)


def _file() -> Path:
    found = find_spec("sklearn")
    for folder in (found and found.submodule_search_locations) or ():
        if (file := Path(folder) / FILE).is_file():
            return file
    raise DataUnavailable("The digits come with scikit-learn, and that is not here. Install epochyard[worker].")
