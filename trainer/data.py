"""A named data set as uint8 tensors, prepared on first use.

`DATA_DIR/<name>.npz` is the one prepared form: written after a download, or put there by a user.
"""

import hashlib
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from trainer import prepared
from trainer.catalog import DATASETS
from trainer.digits import digits
from trainer.errors import DataUnavailable
from trainer.events import Preparing
from trainer.prepared import Arrays


@dataclass(frozen=True)
class Split:
    """uint8 images (N, C, H, W) and int64 labels (N,) on the same device."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Tensor) -> "Split":
        """A copy of these images; everything on the CPU."""
        # NumPy copies whole images into huge pages: 25 to 50 ms for CIFAR-10 where some are free, torch 140 to 240.
        return Split(torch.from_numpy(self.images.numpy().take(indices.numpy(), axis=0)), self.labels[indices])

    def to(self, device: torch.device) -> "Split":
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class DataSet:
    """Both splits, the classes' names, and each channel's mean and deviation (training pixels in 0..1)."""

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with the labels, the shapes and (a sample of) the pixels."""
        digest = hashlib.sha256(repr((self.train.images.shape, self.test.images.shape)).encode())
        for split in (self.train, self.test):
            digest.update(split.labels.cpu().numpy().tobytes())
            # All pixels would cost a second for CIFAR-10 at the start of every run; every hundredth image does not.
            digest.update(split.images[::100].cpu().numpy().tobytes())
        return digest.hexdigest()[:16]


def prepare(name: str, data_dir: Path, mirror: str | None = None) -> Generator[Preparing, None, DataSet]:
    """Yields what it is doing while a data set is fetched, and returns the set.

    `mirror` is a base address whose `{mirror}/{name}/{file}` replaces the usual hosts. Raises DataUnavailable.
    """
    if name == "digits":
        return _as_data_set(name, digits())
    path = data_dir / f"{name}.npz"
    if not path.is_file():
        if name not in DATASETS:
            raise DataUnavailable(_unknown(name, data_dir))
        # With torchvision, which a training that has its data need not wait for.
        from trainer.fetch import fetch

        yield from fetch(name, path, mirror)
    # The built-in sets' files are ours and replaced whole; what a user exports again may be written over in place.
    return _as_data_set(name, prepared.read(path, shared=name in DATASETS))


def _unknown(name: str, data_dir: Path) -> str:
    own = sorted(path.stem for path in data_dir.glob("*.npz") if path.stem not in DATASETS)
    there = f"; prepared in {data_dir}: {', '.join(own)}" if own else ""
    return (
        f"There is no data set {name!r}. Built in are {', '.join(DATASETS)}{there}. "
        f"To bring your own, put it into {data_dir / f'{name}.npz'}: {prepared.LAYOUT}."
    )


def _as_data_set(name: str, arrays: Arrays) -> DataSet:
    images = torch.from_numpy(arrays.train_images)
    info = DATASETS.get(name)
    # The figures that the literature uses, so that results compare; for any other set they are measured.
    known = info is not None and info.shape == images.shape[1:]
    mean, std = (info.mean, info.std) if known and info else statistics(images)
    return DataSet(
        name=name,
        train=Split(images, torch.from_numpy(arrays.train_labels)),
        test=Split(torch.from_numpy(arrays.test_images), torch.from_numpy(arrays.test_labels)),
        classes=arrays.classes,
        mean=mean,
        std=std,
    )


def statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel of uint8 images, scaled to 0..1.

    Counted by pixel value, so that it is exact and needs no floating-point copy of the images.
    """
    values = torch.arange(256, dtype=torch.float64) / 255
    means, deviations = [], []
    for channel in images.unbind(1):
        share = torch.bincount(channel.flatten(), minlength=256).double() / channel.numel()
        mean = (share * values).sum()
        deviation = (share * (values - mean) ** 2).sum().sqrt()
        means.append(float(mean))
        # A channel of one value only would be divided by zero; there is nothing to scale in it.
        deviations.append(float(deviation) or 1.0)
    return tuple(means), tuple(deviations)
