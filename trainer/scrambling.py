"""Which pixel goes where: one scrambling of the H*W positions, the same for every image, channel, split and run.

Drawn by NumPy's PCG64, whose stream does not depend on the version of torch; without torch, so that a page can show
beforehand what a training will see. `trainer.permutation` does it to tensors.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.config import RunConfig
from trainer.errors import DoesNotFit
from trainer.scope import block_problem

Places = NDArray[np.int64]


def of(config: RunConfig, height: int, width: int) -> Places | None:
    """The permutation of a run's images, as `draw` gives it, or None where they stay as they are."""
    if not config.permute:
        return None
    block, fraction = config.permutation_block, config.permutation_fraction
    return draw(config.permutation_seed, height, width, config.permutation, block=block, fraction=fraction)


def draw(seed: int, height: int, width: int, kind: str = "full", *, block: int = 4, fraction: float = 1.0) -> Places:
    """The permutation that `seed` names: int64 (H*W,); position i of the result shows pixel `permutation[i]`.

    What changes places is, by `kind`: full, single pixels; blocks, squares of `block` pixels a side as wholes; within,
    the pixels of each such square among each other; rows, whole rows. `fraction` of them take part: how much of the
    locality is destroyed. Raises DoesNotFit where the squares do not fill the image.
    """
    numbers = np.random.Generator(np.random.PCG64(seed))
    positions = np.arange(height * width).reshape(height, width)
    if kind == "full":
        return _some(numbers, height * width, fraction)
    if kind == "rows":
        return positions[_some(numbers, height, fraction)].reshape(-1)
    if reason := block_problem(block, height, width):
        raise DoesNotFit(f"The permutation's {reason}.")
    # (H/k, k, W/k, k): one square a (row of squares, square in it).
    cut = (height // block, block, width // block, block)
    squares = positions.reshape(cut).swapaxes(1, 2).reshape(-1, block**2)
    if kind == "blocks":
        squares = squares[_some(numbers, len(squares), fraction)]
    else:
        squares = np.stack([square[_some(numbers, block**2, fraction)] for square in squares])
    whole = squares.reshape(cut[0], cut[2], block, block).swapaxes(1, 2)
    return whole.reshape(-1)


def scramble(images: NDArray[Any], places: Places) -> NDArray[Any]:
    """Images (..., H, W) with their pixel positions permuted, every channel alike."""
    return images.reshape(*images.shape[:-2], -1)[..., places].reshape(images.shape)


def _some(numbers: np.random.Generator, count: int, fraction: float) -> Places:
    """A permutation of `count` things that moves only a share of them: int64 (count,).

    A whole one, and of it the order of the chosen among themselves; with all of them chosen the whole one itself.
    The chosen of a smaller share are among those of a larger one.
    """
    whole = numbers.permutation(count)
    if fraction == 1:
        return whole
    chosen = np.zeros(count, dtype=bool)
    chosen[numbers.permutation(count)[: round(fraction * count)]] = True
    places = np.arange(count)
    places[chosen] = whole[chosen[whole]]
    return places
