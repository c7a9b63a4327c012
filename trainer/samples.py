"""`samples.png`: a few training images as the network sees them."""

import torch
from torch import Tensor

from trainer import sheet
from trainer.data import Split
from trainer.folder import SAMPLES, RunFolder
from trainer.permutation import scramble

COLUMNS = 10


def write(folder: RunFolder, split: Split, permutation: Tensor | None) -> None:
    """Two rows of ten images, one a class as far as they go; when permuted, the upper row is plain.

    `split` holds the images with their pixels in place. Raises CannotSave.
    """
    if permutation is None:
        images, columns = split.images[_one_a_class(split.labels, 2 * COLUMNS)], COLUMNS
    else:
        plain = split.images[_one_a_class(split.labels, COLUMNS)]
        images, columns = torch.cat([plain, scramble(plain, permutation)]), len(plain)
    picture = sheet.draw(list(images.cpu().numpy()), columns)
    with folder.saving(SAMPLES) as file:
        file.write(picture)


def _one_a_class(labels: Tensor, count: int) -> Tensor:
    """Indices of the first image of every class, then of the second, and so on, `count` in all at most."""
    order = torch.argsort(labels, stable=True)
    sizes = torch.bincount(labels)
    starts = sizes.cumsum(0) - sizes
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(labels), device=labels.device) - starts[labels[order]]
    return torch.argsort(rank * len(sizes) + labels)[:count]
