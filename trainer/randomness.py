"""Every random stream of a run, derived from (seed, purpose, epoch) and never from global state.

So an epoch draws the same numbers whether the run came to it in one go or was resumed just before it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def derive(seed: int, purpose: str, epoch: int = 0) -> int:
    """A 63-bit seed of its own for every purpose and epoch (the first bytes of a SHA-256)."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def stream(seed: int, purpose: str, epoch: int = 0) -> torch.Generator:
    """A generator on the CPU, so that a run draws the same numbers whatever device it trains on."""
    return torch.Generator().manual_seed(derive(seed, purpose, epoch))


@contextmanager
def seeded(seed: int, purpose: str) -> Iterator[None]:
    """Seeds torch's global CPU generator within the block, for code that draws from it, and puts it back."""
    with torch.random.fork_rng(devices=[]):
        # Only the CPU's: torch.manual_seed would also move the generators of the GPUs.
        torch.default_generator.manual_seed(derive(seed, purpose))
        yield
