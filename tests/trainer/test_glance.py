"""A data set's facts and a few of its images, read without the rest."""

import io
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trainer import glance
from trainer.errors import DataUnavailable

GENERATOR = np.random.default_rng(0)
ARRAYS: dict[str, Any] = {
    "train_images": GENERATOR.integers(0, 256, (60, 5, 7), dtype=np.uint8),
    "train_labels": np.repeat([2, 0, 1], [30, 20, 10]),
    "test_images": np.zeros((6, 5, 7), np.uint8),
    "test_labels": np.array([0, 0, 1, 1, 2, 2], np.uint8),
    "classes": np.array(["a", "b", "c"]),
}


def archive(save: Callable[..., None] = np.savez, **changed: Any) -> io.BytesIO:
    file = io.BytesIO()
    save(file, **{name: value for name, value in (ARRAYS | changed).items() if value is not None})
    return file


def test_facts_are_told() -> None:
    found = glance.facts(archive())
    assert (found.shape, found.classes) == ((1, 5, 7), ("a", "b", "c"))
    assert (found.train_counts, found.test_counts) == ((20, 10, 30), (2, 2, 2))
    assert (found.train_images, found.test_images) == (60, 6)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_first_images_of_each_class_are_found_however_the_file_is_laid_out(
    save: Callable[..., None], order: Any
) -> None:
    images = ARRAYS["train_images"]
    found = glance.examples(archive(save, train_images=np.asarray(images, order=order)), classes=2, each=3)
    expected = [images[30:33, None], images[50:53, None]]
    assert np.array_equal(np.array(found), np.array(expected))


def test_a_class_with_fewer_images_gives_what_it_has() -> None:
    assert [len(images) for images in glance.examples(archive(), classes=3, each=15)] == [15, 10, 15]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_large_set_is_not_held_in_memory(save: Callable[..., None], tmp_path: Any) -> None:
    size = 24 << 20
    images, labels = np.zeros((size // 1024, 1, 32, 32), np.uint8), np.zeros(size // 1024, np.uint8)
    labels[-1] = 1
    changed = {"train_images": images, "train_labels": labels, "classes": np.array(["a", "b"])}
    changed["test_labels"] = ARRAYS["test_labels"] // 2
    (tmp_path / "large.npz").write_bytes(archive(save, **changed, test_images=images[:6]).getvalue())
    tracemalloc.start()
    with (tmp_path / "large.npz").open("rb") as file:
        assert glance.facts(file).train_images == len(images)
        assert len(glance.examples(file, 2, 2)[1]) == 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 6


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"classes": None}, "lacks classes"),
        ({"train_images": np.zeros((60, 5, 7))}, r"train_images is float64 of shape \(60, 5, 7\)"),
        ({"train_labels": np.full(60, 3)}, "train_labels is from 3 to 3"),
        ({"test_images": np.zeros((6, 5, 8), np.uint8)}, "test_images is"),
        ({"classes": np.array([object()])}, "cannot be read"),
    ],
)
def test_what_is_no_data_set_is_told_why(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(DataUnavailable, match=words):
        glance.facts(archive(**changed))


def test_a_file_that_was_cut_off_is_told_why() -> None:
    for content in (b"", archive().getvalue()[:500], b"PK\x03\x04"):
        with pytest.raises(DataUnavailable, match=r"is no \.npz archive"):
            glance.facts(io.BytesIO(content))
