"""`samples.png`: a few training images as the network sees them."""

import io
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torchvision.utils import make_grid

from trainer.atomic import saving
from trainer.data import Split
from trainer.permutation import scramble

NAME = "samples.png"
COLUMNS = 10
# Pixels a side that an image is blown up to, about; by a whole factor, so that it stays crisp.
SIDE = 56


def write(folder: Path, split: Split, permutation: Tensor | None) -> Path:
    """Two rows of ten images, one a class as far as they go; when permuted, the upper row is plain.

    `split` holds the images with their pixels in place.
    """
    if permutation is None:
        images = split.images[_one_a_class(split.labels, 2 * COLUMNS)]
    else:
        plain = split.images[_one_a_class(split.labels, COLUMNS)]
        images = torch.cat([plain, scramble(plain, permutation)])
    factor = max(1, SIDE // max(images.shape[2:]))
    large = F.interpolate(images.cpu().float(), scale_factor=factor, mode="nearest").to(torch.uint8)
    # make_grid copies a single channel three times over; more than three have no colours to show.
    columns = COLUMNS if permutation is None else len(images) // 2
    grid = make_grid(large[:, :3] if large.shape[1] >= 3 else large[:, :1], nrow=columns, padding=4, pad_value=255)
    buffer = io.BytesIO()
    Image.fromarray(grid.permute(1, 2, 0).numpy()).save(buffer, "PNG")
    path = folder / NAME
    with saving(path) as file:
        file.write(buffer.getvalue())
    return path


def _one_a_class(labels: Tensor, count: int) -> Tensor:
    """Indices of the first image of every class, then of the second, and so on, `count` in all at most."""
    order = torch.argsort(labels, stable=True)
    sizes = torch.bincount(labels)
    starts = sizes.cumsum(0) - sizes
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(labels), device=labels.device) - starts[labels[order]]
    return torch.argsort(rank * len(sizes) + labels)[:count]
