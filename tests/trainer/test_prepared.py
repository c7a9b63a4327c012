"""A user's own .npz: what is taken, and that each refusal names the array and what is expected."""

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.data import prepare, statistics
from trainer.errors import DataUnavailable, OutOfMemory
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


def test_labels_out_of_range_are_told_with_the_range_that_was_found(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=r"test_labels is int64 of shape \(4,\), from -3 to 7; .* from 0 to 1"):
        read(saved(tmp_path, test_labels=np.array([0, 7, -3, 0])))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_is_refused(tmp_path: Path, place: float, shared: bool) -> None:
    path = saved(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * place)])
    with pytest.raises(DataUnavailable, match=r"own\.npz cannot be read as a data set"):
        read(path, shared=shared)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name", ["train_images", "test_images", "train_labels"])
def test_a_flipped_bit_is_refused_by_the_name_of_its_array(tmp_path: Path, name: str, shared: bool) -> None:
    # Longer than what zipfile reads, and checks, at once.
    images, labels = np.random.default_rng(2).integers(0, 256, (900, 8, 9), dtype=np.uint8), np.arange(900) % 2
    large = {"train_images": images, "train_labels": labels, "test_images": 255 - images, "test_labels": labels}
    path = saved(tmp_path, **large)
    content, last = bytearray(path.read_bytes()), large[name].tobytes()[-16:]
    content[content.index(last)] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataUnavailable, match=rf"Bad CRC-32 for file '{name}\.npy'"):
        read(path, shared=shared)


def test_a_shared_file_is_read_as_any_other_and_without_a_copy(tmp_path: Path) -> None:
    path = saved(tmp_path)
    shared, copied = read(path, shared=True), read(path)
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert np.array_equal(getattr(shared, name), getattr(copied, name))
    assert shared.classes == copied.classes
    assert isinstance(owner(shared.train_images), mmap.mmap)
    assert not isinstance(owner(copied.train_images), mmap.mmap)


def test_what_a_run_does_to_shared_images_never_reaches_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path)
    before = path.read_bytes()
    read(path, shared=True).train_images[:] = 0
    assert path.read_bytes() == before


def test_a_shared_file_that_is_replaced_stays_what_it_was(tmp_path: Path) -> None:
    images = read(saved(tmp_path), shared=True).train_images
    before = images.copy()
    black = np.zeros((6, 8, 9), dtype=np.uint8)
    saved(tmp_path / "..", train_images=black).replace(tmp_path / "own.npz")
    assert np.array_equal(images, before)
    assert not read(tmp_path / "own.npz", shared=True).train_images.any()


@pytest.mark.parametrize("save", [np.savez_compressed, lambda path, **named: np.savez(path, **columns(named))])
def test_a_file_that_cannot_be_shared_is_copied(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "own.npz", **arrays())
    images = read(tmp_path / "own.npz", shared=True).train_images
    assert np.array_equal(images[:, 0], arrays()["train_images"])
    assert not isinstance(owner(images), mmap.mmap)


def test_only_a_built_in_set_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's own file may be written over in place, which no mapping survives."""
    path, found = saved(tmp_path), []
    path.with_name("mnist.npz").write_bytes(path.read_bytes())
    monkeypatch.setattr("trainer.prepared.read", lambda path, **how: found.append(read(path, **how)) or found[-1])
    for name in ("own", "mnist"):
        list(prepare(name, tmp_path))
    assert [isinstance(owner(arrays.train_images), mmap.mmap) for arrays in found] == [False, True]


def test_a_file_too_large_for_the_memory_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 1. TiB")

    path = saved(tmp_path)
    monkeypatch.setattr("trainer.prepared.np.load", full)
    with pytest.raises(OutOfMemory, match=r"while reading .*own\.npz \(Unable to allocate 1\. TiB\)"):
        read(path)


def columns(named: dict[str, Any]) -> dict[str, Any]:
    return {name: np.asfortranarray(value) for name, value in named.items()}


def owner(array: Any) -> Any:
    """Whose memory an array shows in the end."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array.obj if isinstance(array, memoryview) else array
