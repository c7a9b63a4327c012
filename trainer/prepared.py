"""The prepared form of a data set: one .npz file of five arrays, checked when it is read."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer import mapped
from trainer.atomic import replacing
from trainer.errors import DataUnavailable, OutOfMemory

NAMES = ("train_images", "train_labels", "test_images", "test_labels", "classes")
IMAGES = ("train_images", "test_images")
LAYOUT = (
    "train_images and test_images (uint8, N x C x H x W or N x H x W), train_labels and test_labels "
    "(whole numbers from 0), classes (their names as text)"
)


@dataclass(frozen=True)
class Arrays:
    """uint8 images (N, C, H, W), int64 labels (N,) in 0..len(classes)-1, and the classes' names."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    classes: tuple[str, ...]


def write(path: Path, arrays: Arrays) -> None:
    """Writes the file whole or not at all."""
    with replacing(path) as file:
        np.savez(
            file,
            train_images=arrays.train_images,
            train_labels=arrays.train_labels.astype(np.uint8),
            test_images=arrays.test_images,
            test_labels=arrays.test_labels.astype(np.uint8),
            classes=np.array(arrays.classes),
        )


def read(path: Path, *, shared: bool = False) -> Arrays:
    """Reads a prepared data set. Raises DataUnavailable naming the array that is not as expected, or OutOfMemory.

    `shared` maps the images of an uncompressed file instead of copying them: for files that are only ever replaced by
    a rename, as `write` does. A user's own may be overwritten in place while a run reads it.
    """
    found = _load(path, shared)
    classes = found["classes"]
    _expect(path, "classes", classes, classes.ndim == 1 and classes.dtype.kind == "U" and len(classes) > 1)
    for split in ("train", "test"):
        images, labels = found[f"{split}_images"], found[f"{split}_labels"]
        fits = images.dtype == np.uint8 and images.ndim in (3, 4) and images.size > 0
        _expect(path, f"{split}_images", images, fits)
        whole = labels.dtype.kind in "iu" and labels.shape == (len(images),)
        expected = f"{len(images)} whole numbers from 0 to {len(classes) - 1}, one an image"
        _expect(path, f"{split}_labels", labels, whole, expected)
        low, high = labels.min(), labels.max()
        _expect(path, f"{split}_labels", labels, low >= 0 and high < len(classes), expected, f", from {low} to {high}")
    train, test = (_with_channels(found[f"{split}_images"]) for split in ("train", "test"))
    expected = f"images of the same shape as train_images, {train.shape[1:]}"
    _expect(path, "test_images", test, train.shape[1:] == test.shape[1:], expected)
    train_labels, test_labels = (found[f"{split}_labels"].astype(np.int64) for split in ("train", "test"))
    return Arrays(train, train_labels, test, test_labels, tuple(str(name) for name in classes))


def _load(path: Path, shared: bool) -> dict[str, NDArray[Any]]:
    if not zipfile.is_zipfile(path):
        raise DataUnavailable(f"{path} cannot be read as a data set (no .npz archive, or cut off). It needs {LAYOUT}.")
    try:
        # No pickles: a data set from somewhere must not be able to run code.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if missing := [name for name in NAMES if name not in archive.files]:
                raise DataUnavailable(f"{path} lacks {', '.join(missing)}. It needs {LAYOUT}.")
            views = {name: mapped.view(file, archive.zip, name) for name in IMAGES if shared}
            return {name: archive[name] if (view := views.get(name)) is None else view for name in NAMES}
    except MemoryError as error:
        raise OutOfMemory(
            f"Memory ran out while reading {path} ({error}). Free some, or make the set smaller."
        ) from error
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataUnavailable(f"{path} cannot be read as a data set ({error}). It needs {LAYOUT}.") from error


def _expect(
    path: Path, name: str, array: NDArray[Any], holds: object, expected: str = LAYOUT, values: str = ""
) -> None:
    if not holds:
        found = f"{array.dtype} of shape {array.shape}{values}"
        raise DataUnavailable(f"{path}: {name} is {found}; expected: {expected}.")


def _with_channels(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return images[:, np.newaxis] if images.ndim == 3 else images
