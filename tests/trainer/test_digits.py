"""The data set of a first run: nothing to fetch, always the same."""

import numpy as np

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


def test_the_fingerprint_tells_data_sets_apart(tmp_path, colours) -> None:
    try:
        next(prepare("colours", colours))
    except StopIteration as end:
        assert end.value.fingerprint != load(tmp_path).fingerprint
    assert load(tmp_path).fingerprint == load(tmp_path).fingerprint
