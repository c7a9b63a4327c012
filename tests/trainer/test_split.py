"""The held-out images: disjoint, the same share of every class, decided by the seed."""

import torch

from trainer.split import stratified

LABELS = torch.arange(10).repeat_interleave(torch.arange(10, 110, 10))


def test_kept_and_held_out_are_disjoint_and_complete() -> None:
    kept, held = stratified(LABELS, 0.2, seed=1)
    assert sorted(kept.tolist() + held.tolist()) == list(range(len(LABELS)))


def test_every_class_gives_the_same_share() -> None:
    _, held = stratified(LABELS, 0.2, seed=1)
    assert torch.equal(torch.bincount(LABELS[held]), torch.bincount(LABELS) // 5)


def test_the_seed_decides() -> None:
    assert torch.equal(stratified(LABELS, 0.2, seed=1)[1], stratified(LABELS, 0.2, seed=1)[1])
    assert not torch.equal(stratified(LABELS, 0.2, seed=1)[1], stratified(LABELS, 0.2, seed=2)[1])


def test_nothing_is_held_out_with_a_fraction_of_zero() -> None:
    kept, held = stratified(LABELS, 0.0, seed=1)
    assert len(held) == 0
    assert torch.equal(kept, torch.arange(len(LABELS)))
