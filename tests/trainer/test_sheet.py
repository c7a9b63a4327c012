"""Small images side by side in one picture."""

import io

import numpy as np
import pytest
from PIL import Image

from trainer import sheet


def opened(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20), (4, 300, 500)])
def test_a_sheet_has_the_size_that_was_foretold(shape: tuple[int, int, int]) -> None:
    picture = opened(sheet.draw([np.zeros(shape, np.uint8)] * 6, 3))
    assert (picture.shape[1], picture.shape[0]) == sheet.size(3, 2, *shape[1:])
    assert max(sheet.size(10, 2, *shape[1:])) <= 1330


def test_pixels_are_blown_up_by_a_whole_factor() -> None:
    image = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    picture = opened(sheet.draw([image], 1))
    assert np.array_equal(picture[4:-4:8, 4:-4:8], image[0])


def test_what_is_empty_and_between_is_white_or_seen_through() -> None:
    cells = [np.zeros((3, 32, 32), np.uint8), None]
    assert opened(sheet.draw(cells, 2))[30, 100].tolist() == [255, 255, 255]
    picture = opened(sheet.draw(cells, 2, see_through=True))
    assert (picture[30, 30, 3], picture[30, 100, 3], picture[0, 0, 3]) == (255, 0, 0)


def test_without_any_image_there_is_no_sheet() -> None:
    with pytest.raises(ValueError, match="no image"):
        sheet.draw([None], 1)
