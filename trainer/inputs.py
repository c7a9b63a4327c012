"""From stored uint8 images to what the network sees, a batch at a time on the device."""

from dataclasses import dataclass

from torch import Tensor

from trainer.augment import crop_and_flip, normalise
from trainer.device import LAYOUT
from trainer.permutation import scramble


@dataclass(frozen=True)
class Inputs:
    """Augments (when given draws), permutes (unless the stored images already are), normalises, lays out.

    `mean` and `std` are (C, 1, 1); `permutation` is int64 (H*W,) or None.
    """

    mean: Tensor
    std: Tensor
    permutation: Tensor | None = None

    def __call__(self, images: Tensor, draws: Tensor | None = None) -> Tensor:
        images = self.arrange(images, draws)
        return normalise(images, self.mean, self.std).contiguous(memory_format=LAYOUT)

    def arrange(self, images: Tensor, draws: Tensor | None = None) -> Tensor:
        """The images (N, C, H, W) with their pixels where the network is to see them, still uint8."""
        # A scrambled image has no neighbourhood to crop: augmentation comes before the permutation.
        if draws is not None:
            images = crop_and_flip(images, draws)
        return images if self.permutation is None else scramble(images, self.permutation)
