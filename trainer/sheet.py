"""Small images side by side in one picture: what a run's page and a data set's page show of the data."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# uint8 (C, H, W); None is a cell that stays empty.
Cell = NDArray[np.uint8] | None
# Pixels between two images, and around all of them.
GAP = 4
# Pixels a side that an image is blown up to, about; by a whole factor, so that it stays crisp.
SIDE = 64
# A larger image is shown by every second, third... pixel: a sheet of ten is then at most 1,300 pixels wide.
LARGEST = 128


def draw(cells: Sequence[Cell], columns: int, *, see_through: bool = False) -> bytes:
    """The images, row after row, as a PNG; what is between them is white, or `see_through`.

    All have one size. One with three channels or more is shown by the first three as red, green and blue, others by
    the first as grey. Raises ValueError where there is no image at all.
    """
    shown = [None if cell is None else _enlarged(cell) for cell in cells]
    first = next((cell for cell in shown if cell is not None), None)
    if first is None:
        raise ValueError("There is no image to show.")
    height, width, colours = first.shape
    rows = -(-len(cells) // columns)
    paper = np.full((GAP + rows * (height + GAP), GAP + columns * (width + GAP), colours + see_through), 255, np.uint8)
    if see_through:
        paper[..., -1] = 0
    for number, cell in enumerate(shown):
        if cell is not None:
            top, left = (
                GAP + place * (size + GAP) for place, size in zip(divmod(number, columns), (height, width), strict=True)
            )
            place = paper[top : top + height, left : left + width]
            place[..., :colours] = cell
            place[..., colours:] = 255
    buffer = io.BytesIO()
    Image.fromarray(paper.squeeze(-1) if paper.shape[-1] == 1 else paper).save(buffer, "PNG")
    return buffer.getvalue()


def size(columns: int, rows: int, height: int, width: int) -> tuple[int, int]:
    """Width and height in pixels of a sheet of images of `height` x `width`."""
    factor, step = _scale(height, width)
    high, wide = (-(-side // step) * factor for side in (height, width))
    return GAP + columns * (wide + GAP), GAP + rows * (high + GAP)


def _scale(height: int, width: int) -> tuple[int, int]:
    """How often a pixel is repeated, and which are shown at all: every one, every second..."""
    longer = max(height, width)
    return max(1, SIDE // longer), -(-longer // LARGEST)


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(C, H, W) -> (H', W', 1 or 3)."""
    factor, step = _scale(*image.shape[1:])
    seen = image[: 3 if len(image) >= 3 else 1, ::step, ::step]
    return seen.repeat(factor, 1).repeat(factor, 2).transpose(1, 2, 0)
