"""Where the built-in data sets' original files are and how they are read, in torchvision's words."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torchvision.datasets import CIFAR10, MNIST, FashionMNIST

from trainer.prepared import Arrays


@dataclass(frozen=True)
class RemoteFile:
    """A file by name, its MD5, the addresses that have it, and the folder where torchvision looks for it."""

    name: str
    md5: str
    urls: list[str]
    folder: str


class Source(ABC):
    """A data set as torchvision keeps it."""

    @abstractmethod
    def files(self) -> list[RemoteFile]:
        """What has to be fetched."""

    @abstractmethod
    def read(self, root: Path, classes: tuple[str, ...]) -> Arrays:
        """The arrays, once all files lie below `root` as `files` says."""


class IdxSource(Source):
    """Four gzipped IDX files: MNIST and the sets that took its format."""

    def __init__(self, kind: type[MNIST]) -> None:
        self.kind = kind

    def files(self) -> list[RemoteFile]:
        folder = f"{self.kind.__name__}/raw"
        return [
            RemoteFile(name, md5, [mirror + name for mirror in self.kind.mirrors], folder)
            for name, md5 in self.kind.resources
        ]

    def read(self, root: Path, classes: tuple[str, ...]) -> Arrays:
        # download=True finds the files in place, checks and unpacks them.
        train, test = (self.kind(root, train=split, download=True) for split in (True, False))
        images = [part.data.unsqueeze(1).numpy() for part in (train, test)]
        return Arrays(images[0], train.targets.numpy(), images[1], test.targets.numpy(), classes)


class CifarSource(Source):
    """One archive of pickles, unpacked only after its checksum was right."""

    def files(self) -> list[RemoteFile]:
        return [RemoteFile(CIFAR10.filename, CIFAR10.tgz_md5, [CIFAR10.url], "")]

    def read(self, root: Path, classes: tuple[str, ...]) -> Arrays:
        with warnings.catch_warnings():
            # The pickles are of 2009 and spell a dtype in a way that NumPy now frowns on.
            warnings.filterwarnings("ignore", message=".*align should be passed")
            train, test = (CIFAR10(root, train=split, download=True) for split in (True, False))
        images = [np.ascontiguousarray(part.data.transpose(0, 3, 1, 2)) for part in (train, test)]
        labels = [np.array(part.targets, dtype=np.int64) for part in (train, test)]
        return Arrays(images[0], labels[0], images[1], labels[1], classes)


SOURCES: dict[str, Source] = {
    "mnist": IdxSource(MNIST),
    "fashion_mnist": IdxSource(FashionMNIST),
    "cifar10": CifarSource(),
}
