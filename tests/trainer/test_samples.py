"""The picture of what the network sees."""

import numpy as np
import pytest
from PIL import Image

from trainer.permutation import draw


def cells(path, rows: int, columns: int, side: int, factor: int) -> np.ndarray:
    """The images of a grid with borders of four pixels, scaled back down: (rows, columns, side, side)."""
    pixels, step = np.asarray(Image.open(path).convert("L")), side * factor + 4
    return np.array(
        [
            [
                pixels[4 + row * step : (row + 1) * step : factor, 4 + column * step : (column + 1) * step : factor]
                for column in range(columns)
            ]
            for row in range(rows)
        ]
    )


def test_a_plain_run_shows_twenty_images(training, tmp_path) -> None:
    training(epochs=1)
    with Image.open(tmp_path / "run" / "samples.png") as picture:
        assert picture.size == (10 * 60 + 4, 2 * 60 + 4)


def test_a_permuted_run_shows_the_same_images_plain_and_scrambled(training, tmp_path) -> None:
    training(epochs=1, permute=True, permutation_seed=4)
    grid = cells(tmp_path / "run" / "samples.png", 2, 10, 28, 2)
    positions = draw(4, 28, 28).numpy()
    for plain, scrambled in zip(*grid, strict=True):
        assert np.array_equal(plain.flatten()[positions], scrambled.flatten())


@pytest.mark.parametrize("permute", [False, True])
def test_colours_and_few_classes_are_shown(training, colours, tmp_path, permute) -> None:
    training(epochs=1, dataset="colours", data_dir=colours, permute=permute)
    with Image.open(tmp_path / "run" / "samples.png") as picture:
        assert picture.size == (10 * 68 + 4, 2 * 68 + 4)
        assert picture.mode == "RGB"
