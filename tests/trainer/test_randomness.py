"""Every stream is its own, and the global generator is left alone."""

import torch

from trainer.randomness import derive, seeded, stream


def test_seed_purpose_and_epoch_each_make_another_stream() -> None:
    seeds = {derive(seed, purpose, epoch) for seed in (0, 1) for purpose in ("a", "b") for epoch in (0, 1)}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_stream_repeats() -> None:
    first, second = (torch.randn(3, generator=stream(1, "order", 2)) for _ in range(2))
    assert torch.equal(first, second)


def test_the_global_generator_neither_matters_nor_moves() -> None:
    before = torch.get_rng_state()
    with seeded(0, "weights"):
        first = torch.randn(3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.randn(7)
    with seeded(0, "weights"):
        assert torch.equal(torch.randn(3), first)
