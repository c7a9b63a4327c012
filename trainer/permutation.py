"""Pixel permutations: one scrambling of the H*W positions, the same for every image, channel, split and run.

Drawn by NumPy's PCG64, whose stream does not depend on the version of torch.
"""

import numpy as np
import torch
from torch import Tensor


def draw(seed: int, height: int, width: int) -> Tensor:
    """The permutation that `seed` names: int64 (H*W,); position i of the result shows pixel `permutation[i]`."""
    return torch.from_numpy(np.random.Generator(np.random.PCG64(seed)).permutation(height * width))


def inverse(permutation: Tensor) -> Tensor:
    """The permutation that puts the pixels back."""
    return torch.argsort(permutation)


def scramble(images: Tensor, permutation: Tensor) -> Tensor:
    """Images (N, C, H, W) with their pixel positions permuted, every channel alike."""
    return images.flatten(2).index_select(2, permutation.to(images.device)).view(images.shape)
