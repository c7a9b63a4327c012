"""Random crop and horizontal flip for a whole batch at once, on the device where the batch lies.

The usual CIFAR-10 recipe: zeros around the image, a crop of the old size, a flip every second time on average
(He et al., "Deep residual learning for image recognition", 2015, section 4.2).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer.randomness import stream

PADDING = 4  # pixels on every side, and the furthest that a crop can move an image


def draw(seed: int, epoch: int, images: int, reach: int = PADDING) -> Tensor:
    """An epoch's crops and flips, int64 (images, 3): row and column offset up to `reach` from PADDING, flip 0 or 1."""
    generator = stream(seed, "augmentation", epoch)
    offsets = torch.randint(PADDING - reach, PADDING + reach + 1, (images, 2), generator=generator)
    flips = torch.randint(0, 2, (images, 1), generator=generator)
    return torch.cat([offsets, flips], dim=1)


def crop_and_flip(images: Tensor, draws: Tensor) -> Tensor:
    """Images (N, C, H, W) cropped and flipped as `draws` (N, 3) says; same shape and type."""
    count, channels, height, width = images.shape
    padded = F.pad(images, [PADDING] * 4)
    row_offset, column_offset, flip = draws.unsqueeze(2).unbind(1)
    across = torch.arange(width, device=images.device)
    columns = column_offset + torch.where(flip == 1, width - 1 - across, across)
    rows = row_offset + torch.arange(height, device=images.device)
    # One flat position for every pixel of the result, looked up in all channels alike.
    positions = (rows.unsqueeze(2) * padded.shape[3] + columns.unsqueeze(1)).view(count, 1, -1)
    return padded.flatten(2).gather(2, positions.expand(-1, channels, -1)).view(images.shape)


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """uint8 images as float32 with the data set's mean taken off and its deviation divided out.

    `mean` and `std` are (C, 1, 1), of pixels scaled to 0..1.
    """
    return images.float().div_(255).sub_(mean).div_(std)
