"""What a prepared data set looks like, told from a small part of its file: for pages, which need no more.

Torch-free and sparing: labels are read whole, of the images only those that are shown, whether compressed or not.
"""

import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from trainer.errors import DataUnavailable
from trainer.mapped import HEADERS
from trainer.prepared import LAYOUT, NAMES

# uint8 (channels, height, width).
Image = NDArray[np.uint8]
# The images of each class, in the order of the classes.
Examples = list[list[Image]]
# Bytes that are passed over at once: Python reads what it passes over, and holds as much in memory.
STRIDE = 1 << 20
DAMAGES = (OSError, ValueError, EOFError, TypeError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Facts:
    """Images (channels, height, width), the classes' names, and how many images of each class a split has."""

    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]

    @property
    def train_images(self) -> int:
        return sum(self.train_counts)

    @property
    def test_images(self) -> int:
        return sum(self.test_counts)


def facts(file: IO[bytes]) -> Facts:
    """The facts of an open .npz file. Raises DataUnavailable with the reason where it is no data set."""
    with _opened(file) as archive:
        classes = archive["classes"]
        _expect(classes.ndim == 1 and classes.dtype.kind == "U" and len(classes) > 1, "classes", classes.shape)
        shapes = [_described(archive.zip, f"{split}_images")[0] for split in ("train", "test")]
        _expect(shapes[0][1:] == shapes[1][1:], "test_images", shapes[1])
        counts = [
            _counts(archive[f"{split}_labels"], f"{split}_labels", shape[0], len(classes))
            for split, shape in zip(("train", "test"), shapes, strict=True)
        ]
    shape = (1, *shapes[0][1:]) if len(shapes[0]) == 3 else shapes[0][1:]
    return Facts(shape, tuple(str(name) for name in classes), counts[0], counts[1])  # type: ignore[arg-type]


def examples(file: IO[bytes], classes: int, each: int) -> Examples:
    """The first `each` training images (C, H, W) of each of the first `classes` classes, fewer where it has fewer.

    Raises DataUnavailable as `facts` does.
    """
    with _opened(file) as archive:
        labels = archive["train_labels"]
        wanted = [np.flatnonzero(labels == label)[:each].tolist() for label in range(classes)]
        found = _images(archive, "train_images", sorted(index for indices in wanted for index in indices))
    return [[found[index] for index in indices] for indices in wanted]


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[Any]:
    """The archive (an NpzFile); what goes wrong with it inside the block is told in words."""
    try:
        # No pickles: a data set from somewhere must not be able to run code.
        archive = np.load(file, allow_pickle=False) if zipfile.is_zipfile(file) else None
        if archive is None:
            raise DataUnavailable(f"It is no .npz archive, or cut off. It needs {LAYOUT}.")
        if missing := [name for name in NAMES if name not in archive.files]:
            raise DataUnavailable(f"It lacks {', '.join(missing)}. It needs {LAYOUT}.")
        yield archive
    except DAMAGES as error:
        raise DataUnavailable(f"It cannot be read ({error}). It needs {LAYOUT}.") from error


def _described(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], bool]:
    """Shape and whether it is column-major, of an array of images, from its header alone."""
    with archive.open(f"{name}.npy") as content:
        shape, column_major, dtype = _header(content)
    _expect(dtype == np.uint8 and len(shape) in (3, 4) and math.prod(shape) > 0, name, f"{dtype} of shape {shape}")
    return shape, column_major


def _header(content: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(content)
    _expect(version in HEADERS, "the format", version)
    return HEADERS[version](content)


def _counts(labels: NDArray[Any], name: str, images: int, classes: int) -> tuple[int, ...]:
    _expect(labels.dtype.kind in "iu" and labels.shape == (images,), name, f"{labels.dtype} of shape {labels.shape}")
    _expect(labels.min() >= 0 and labels.max() < classes, name, f"from {labels.min()} to {labels.max()}")
    return tuple(np.bincount(labels, minlength=classes).tolist())


def _images(archive: Any, name: str, wanted: Sequence[int]) -> dict[int, Image]:
    """The images at the places `wanted`, which ascend: read where they lie, past what is not wanted."""
    shape, column_major = _described(archive.zip, name)
    channels = shape[1:] if len(shape) == 4 else (1, *shape[1:])
    if column_major:
        # An image then lies all over the file.
        whole = archive[name]
        return {index: whole[index].reshape(channels) for index in wanted}
    size, found = math.prod(channels), {}
    with archive.zip.open(f"{name}.npy") as content:
        _header(content)
        begin = content.tell()
        for index in wanted:
            while (place := content.tell()) < begin + index * size:
                content.seek(min(begin + index * size, place + STRIDE))
            found[index] = np.frombuffer(content.read(size), np.uint8).reshape(channels)
    return found


def _expect(holds: object, name: str, found: object) -> None:
    if not holds:
        raise DataUnavailable(f"{name} is {found}. It needs {LAYOUT}.")
