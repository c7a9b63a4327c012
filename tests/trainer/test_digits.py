"""The data set of a first run: nothing to fetch, always the same."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from trainer import digits_glance
from trainer.catalog import DATASETS
from trainer.data import DataSet, prepare, statistics
from trainer.digits import digits


def load(tmp_path) -> DataSet:
    try:
        next(prepare("digits", tmp_path / "not there"))
    except StopIteration as end:
        return end.value
    raise AssertionError("digits has nothing to tell of")


def test_digits_need_no_file_and_are_as_the_catalogue_says(tmp_path) -> None:
    info, data = DATASETS["digits"], load(tmp_path)
    assert (len(data.train), len(data.test)) == (info.train_images, info.test_images) == (1437, 360)
    assert data.shape == info.shape
    assert not list(tmp_path.iterdir())


def test_the_catalogue_s_mean_and_deviation_are_the_measured_ones(tmp_path) -> None:
    info, (mean, std) = DATASETS["digits"], statistics(load(tmp_path).train.images)
    assert np.allclose([info.mean, info.std], [mean, std], atol=1e-4)


def test_the_split_is_stratified_and_fixed() -> None:
    first, second = digits(), digits()
    counts = np.bincount(first.test_labels)
    assert counts.min() >= 34
    assert counts.max() <= 37
    assert np.array_equal(first.test_images, second.test_images)
    assert first.train_images.max() == 255


def test_they_are_what_scikit_learn_gives() -> None:
    pixels, labels = load_digits(return_X_y=True)
    _train, test = train_test_split(np.arange(len(labels)), test_size=360, stratify=labels, random_state=0)
    test.sort()
    found = digits()
    assert np.array_equal(found.test_labels, labels[test])
    # The corners of an image are its corner pixels, however it is scaled.
    assert np.array_equal(found.test_images[:, 0, 0, 0], np.round(pixels[test, 0] * 255 / 16))


def test_the_fingerprint_tells_data_sets_apart(tmp_path, colours) -> None:
    try:
        next(prepare("colours", colours))
    except StopIteration as end:
        assert end.value.fingerprint != load(tmp_path).fingerprint
    assert load(tmp_path).fingerprint == load(tmp_path).fingerprint


def test_what_a_page_shows_of_them_is_what_a_training_takes() -> None:
    whole, facts = digits(), digits_glance.facts()
    assert facts.train_counts == tuple(np.bincount(whole.train_labels))
    assert facts.test_counts == tuple(np.bincount(whole.test_labels))
    for label, images in enumerate(digits_glance.examples(10, 2)):
        taken = whole.train_images[whole.train_labels == label][:2]
        # Pillow and torch may round a pixel differently.
        assert np.abs(np.array(images).astype(int) - taken).max() <= 1
