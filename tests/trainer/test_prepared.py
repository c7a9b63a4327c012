"""A user's own .npz: what is taken, and that each refusal names the array and what is expected."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.data import prepare, statistics
from trainer.errors import DataUnavailable
from trainer.prepared import read


def arrays(**changed: Any) -> dict[str, Any]:
    """A sound data set of two classes, 6 + 4 images of 8x9 without a channel axis, with `changed` put in."""
    generator = np.random.default_rng(0)
    sound = {
        "train_images": generator.integers(0, 256, (6, 8, 9), dtype=np.uint8),
        "train_labels": np.array([0, 1] * 3),
        "test_images": generator.integers(0, 256, (4, 8, 9), dtype=np.uint8),
        "test_labels": np.array([0, 1] * 2),
        "classes": np.array(["cat", "dog"]),
    }
    return {name: value for name, value in (sound | changed).items() if value is not None}


def saved(folder: Path, **changed: Any) -> Path:
    path = folder / "own.npz"
    np.savez(path, **arrays(**changed))
    return path


def test_grey_images_without_a_channel_axis_are_taken(tmp_path: Path) -> None:
    data = read(saved(tmp_path))
    assert data.train_images.shape == (6, 1, 8, 9)
    assert data.classes == ("cat", "dog")
    assert data.train_labels.dtype == np.int64


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"train_images": np.zeros((6, 8, 9))}, "train_images is float64 of shape"),
        ({"train_images": np.zeros((6, 72), dtype=np.uint8)}, "N x C x H x W or N x H x W"),
        ({"test_images": np.zeros((4, 9, 9), dtype=np.uint8)}, "same shape as train_images"),
        ({"train_labels": np.zeros(5, dtype=np.int64)}, "6 whole numbers from 0 to 1"),
        ({"test_labels": np.array([0, 1, 2, 0])}, "test_labels is int64"),
        ({"test_labels": np.array([0.0, 1.0, 0.0, 1.0])}, "test_labels is float64"),
        ({"classes": np.array([1, 2])}, "classes is int64"),
        ({"classes": None}, "lacks classes"),
        ({"classes": np.array(["cat", None], dtype=object)}, "cannot be read as a data set"),
    ],
)
def test_a_malformed_file_is_refused_by_name(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(DataUnavailable, match=r"own\.npz") as refused:
        read(saved(tmp_path, **changed))
    assert words in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut", b"\x93NUMPY"])
def test_a_file_that_is_no_npz_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(content)
    with pytest.raises(DataUnavailable, match="cannot be read as a data set"):
        read(path)


def test_mean_and_deviation_are_measured(colours: Path) -> None:
    with pytest.raises(StopIteration) as end:
        next(prepare("colours", colours))
    data = end.value.value
    pixels = data.train.images.double() / 255
    assert data.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist())
    assert data.std == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist())


def test_a_channel_of_one_value_is_not_divided_by_zero(tmp_path: Path) -> None:
    black = np.zeros((6, 8, 9), dtype=np.uint8)
    with pytest.raises(StopIteration) as end:
        next(prepare("own", saved(tmp_path, train_images=black).parent))
    assert statistics(end.value.value.train.images) == ((0.0,), (1.0,))


def test_an_unknown_name_lists_the_known_and_the_prepared(colours: Path) -> None:
    with pytest.raises(DataUnavailable) as refused:
        next(prepare("colors", colours))
    message = str(refused.value)
    assert "mnist, cifar10, fashion_mnist, digits" in message
    assert f"prepared in {colours}: colours" in message


def test_a_file_of_one_s_own_trains(training, colours: Path) -> None:
    events = training(dataset="colours", data_dir=colours, epochs=10, learning_rate=0.1, architecture="cnn")
    assert events[0].shape == (3, 16, 16)
    assert events[0].classes == ("red", "green", "blue")
    assert events[-1].test_accuracy > 0.9
