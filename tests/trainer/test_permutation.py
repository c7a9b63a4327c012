"""One scrambling of the pixels, the same everywhere, that can be undone."""

import pytest
import torch

from trainer import permutation
from trainer.augment import normalise
from trainer.checkpoint import load_network
from trainer.data import prepare
from trainer.permutation import draw, inverse, scramble


def test_a_permutation_holds_every_position_once() -> None:
    assert torch.equal(draw(3, 28, 28).sort().values, torch.arange(784))


def test_the_seed_decides_and_its_numbers_never_change() -> None:
    assert torch.equal(draw(7, 28, 28), draw(7, 28, 28))
    assert not torch.equal(draw(7, 28, 28), draw(8, 28, 28))
    # Written down once: another stream would make old checkpoints incomparable with new ones.
    assert draw(0, 2, 4).tolist() == [2, 4, 3, 6, 5, 0, 1, 7]


def test_all_channels_and_images_are_scrambled_alike() -> None:
    places = torch.arange(12).view(1, 1, 3, 4).expand(5, 3, 3, 4).to(torch.uint8)
    scrambled = scramble(places, draw(1, 3, 4))
    assert scrambled.shape == places.shape
    assert torch.equal(scrambled, scrambled[:1, :1].expand(5, 3, 3, 4))
    assert scrambled[0, 0].flatten().tolist() == draw(1, 3, 4).tolist()


def test_the_inverse_puts_the_pixels_back() -> None:
    images = torch.randint(0, 256, (4, 3, 5, 6), dtype=torch.uint8)
    positions = draw(2, 5, 6)
    assert torch.equal(scramble(scramble(images, positions), inverse(positions)), images)


def test_a_permuted_mlp_can_be_unscrambled_into_one_for_plain_pixels(training, tmp_path) -> None:
    training(permute=True, permutation_seed=5, epochs=3)
    network, description = load_network(tmp_path / "run")
    with pytest.raises(StopIteration) as end:
        next(prepare("digits", tmp_path))
    data = end.value.value
    mean, std = (torch.tensor(value).view(-1, 1, 1) for value in (description.mean, description.std))
    plain = normalise(data.test.images, mean, std)
    positions = torch.tensor(description.permutation)
    assert torch.equal(positions, permutation.draw(5, 28, 28))
    with torch.no_grad():
        on_permuted = network(scramble(plain, positions))
        network[1].weight.copy_(network[1].weight[:, inverse(positions)])
        on_plain = network(plain)
    assert torch.equal(on_permuted.argmax(1), on_plain.argmax(1))
    assert torch.allclose(on_permuted, on_plain, atol=1e-5)
