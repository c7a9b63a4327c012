"""Which training images are held out to choose the best checkpoint on."""

import numpy as np
import torch
from torch import Tensor

from trainer.randomness import derive


def stratified(labels: Tensor, fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out), each in ascending order: the same share of every class, drawn by `seed`.

    `labels` is int64 (N,). With a fraction of 0 nothing is held out.
    """
    generator = np.random.Generator(np.random.PCG64(derive(seed, "validation split")))
    held = np.zeros(len(labels), dtype=bool)
    values = labels.cpu().numpy()
    for label in np.unique(values):
        members = generator.permutation(np.flatnonzero(values == label))
        held[members[: round(len(members) * fraction)]] = True
    return torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held))
