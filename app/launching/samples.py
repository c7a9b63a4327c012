"""Reads and draws what a data set's page shows. It holds NumPy and Pillow, some 20 MB: import it where it is needed,
so that a web process whose data nobody looks at stays small (`app.launching.datasets` does).
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from trainer import digits_glance, glance, scrambling, sheet
from trainer.config import RunConfig
from trainer.errors import DataUnavailable
from trainer.glance import Examples, Facts, Image

COLUMNS = 10
# Examples of larger images than these (bytes of one) are read again each time rather than kept.
KEPT = 50_000
# A file, since when it is so (ns) and how large (bytes): another one after a change. None are the bundled digits.
Source = tuple[Path, int, int] | None


@lru_cache(maxsize=64)
def facts(source: Source) -> Facts:
    """Shape, classes and class counts. Raises DataUnavailable."""
    if source is None:
        return digits_glance.facts()
    with _opened(source[0]) as file:
        return glance.facts(file)


def columns(classes: int) -> tuple[int, int]:
    """How many classes are shown, and in how many columns each: ten columns at most."""
    shown = min(classes, COLUMNS)
    return shown, COLUMNS // shown


def size(source: Source) -> tuple[int, int]:
    """Width and height in pixels of the picture."""
    found = facts(source)
    shown, each = columns(len(found.classes))
    return sheet.size(shown * each, 2, *found.shape[1:])


def picture(source: Source, config: RunConfig) -> bytes:
    """Two rows of training images as a PNG, a column a class; where `config` permutes, the lower row is the upper one
    as the network would see it, else it is more images. Raises DataUnavailable, or DoesNotFit."""
    found = facts(source)
    shown, each = columns(len(found.classes))
    read = _examples if math.prod(found.shape) <= KEPT else _examples.__wrapped__
    examples = read(source, shown, 2 * each)
    places = scrambling.of(config, *found.shape[1:])
    upper = [_nth(images, number) for images in examples for number in range(each)]
    if places is None:
        lower = [_nth(images, number) for images in examples for number in range(each, 2 * each)]
    else:
        lower = [None if image is None else scrambling.scramble(image, places) for image in upper]
    return sheet.draw(upper + lower, shown * each, see_through=True)


@lru_cache(maxsize=8)
def _examples(source: Source, classes: int, each: int) -> Examples:
    if source is None:
        return digits_glance.examples(classes, each)
    with _opened(source[0]) as file:
        return glance.examples(file, classes, each)


def _nth(images: list[Image], number: int) -> Image | None:
    return images[number] if number < len(images) else None


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataUnavailable(f"It cannot be opened ({error.strerror}).") from error
    with file:
        yield file
