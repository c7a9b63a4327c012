"""One scrambling of the pixels, the same everywhere, that can be undone."""

from dataclasses import replace

import pytest
import torch

from trainer import permutation, scrambling
from trainer.augment import normalise
from trainer.catalog import resolve
from trainer.checkpoint import load_network
from trainer.config import RunConfig, choices
from trainer.data import prepare
from trainer.errors import DoesNotFit
from trainer.loop import train
from trainer.permutation import draw, inverse, mirror, scramble


def test_a_permutation_holds_every_position_once() -> None:
    assert torch.equal(draw(3, 28, 28).sort().values, torch.arange(784))


def test_the_seed_decides_and_its_numbers_never_change() -> None:
    assert torch.equal(draw(7, 28, 28), draw(7, 28, 28))
    assert not torch.equal(draw(7, 28, 28), draw(8, 28, 28))
    # Written down once: another stream would make old checkpoints incomparable with new ones.
    assert draw(0, 2, 4).tolist() == [2, 4, 3, 6, 5, 0, 1, 7]


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", choices("permutation"))
def test_every_kind_is_a_permutation_that_can_be_undone(kind: str, fraction: float) -> None:
    positions = draw(3, 6, 9, kind, block=3, fraction=fraction)
    assert positions.dtype == torch.int64
    assert torch.equal(positions.sort().values, torch.arange(54))
    assert torch.equal(positions[inverse(positions)], torch.arange(54))
    assert torch.equal(positions, draw(3, 6, 9, kind, block=3, fraction=fraction))
    assert torch.equal(positions, torch.arange(54)) is (fraction == 0)
    assert not torch.equal(positions, draw(4, 6, 9, kind, block=3, fraction=fraction)) or fraction == 0


def test_blocks_move_as_wholes() -> None:
    moved = draw(1, 6, 9, "blocks", block=3).view(2, 3, 3, 3).swapaxes(1, 2).reshape(6, 3, 3)
    inside = torch.arange(3).view(3, 1) * 9 + torch.arange(3)
    assert torch.equal(moved, moved[:, :1, :1] + inside)
    assert sorted(moved[:, 0, 0].tolist()) == [0, 3, 6, 27, 30, 33]


def test_within_leaves_every_pixel_in_its_block_and_gives_each_block_an_order_of_its_own() -> None:
    def blocks(positions: torch.Tensor) -> torch.Tensor:
        return positions.view(2, 3, 3, 3).swapaxes(1, 2).reshape(6, 9)

    plain, moved = blocks(torch.arange(54)), blocks(draw(1, 6, 9, "within", block=3))
    assert torch.equal(moved.sort(1).values, plain)
    assert len({tuple(order.tolist()) for order in moved.argsort(1)}) == 6


def test_rows_move_as_wholes() -> None:
    rows = draw(1, 6, 9, "rows").view(6, 9)
    assert torch.equal(rows, rows[:, :1] + torch.arange(9))


def test_the_ends_of_the_block_kinds_are_the_full_permutation_and_none() -> None:
    assert torch.equal(draw(5, 6, 6, "blocks", block=1), draw(5, 6, 6))
    assert torch.equal(draw(5, 6, 6, "within", block=6), draw(5, 6, 6))
    assert torch.equal(draw(5, 6, 6, "within", block=1), torch.arange(36))


@pytest.mark.parametrize("kind", choices("permutation"))
def test_the_fraction_is_a_dial(kind: str) -> None:
    """More of it moves what less of it moves, and more; what is not chosen stays in its place."""
    plain, moved = torch.arange(28 * 28), set()
    for fraction in (0.25, 0.5, 0.75, 1.0):
        positions = draw(2, 28, 28, kind, block=4, fraction=fraction)
        changed = set(plain[positions != plain].tolist())
        assert len(moved) < len(changed) <= round(fraction * 784)
        # A chosen pixel may by chance be given its own place.
        assert len(moved - changed) <= 0.2 * len(changed)
        moved = changed
    assert torch.equal(positions, draw(2, 28, 28, kind, block=4))


def test_blocks_that_do_not_fill_the_image_are_refused_with_those_that_would() -> None:
    with pytest.raises(DoesNotFit, match=r"5x5 pixels do not fill images of 18x12; sides that do are 1, 2, 3, 6\."):
        draw(0, 18, 12, "blocks", block=5)


def test_a_block_that_does_not_fit_ones_own_images_ends_the_run_before_it_begins(colours, tmp_path) -> None:
    values = {"dataset": "colours", "permute": True, "permutation": "within", "permutation_block": 5}
    with pytest.raises(DoesNotFit, match="images of 16x16"):
        list(train(resolve(values), data_dir=colours, run_dir=tmp_path / "run"))


def test_a_run_s_images_are_permuted_as_its_settings_say(training, tmp_path) -> None:
    training(permute=True, permutation="within", permutation_block=7, permutation_fraction=0.5, permutation_seed=3)
    expected = draw(3, 28, 28, "within", block=7, fraction=0.5)
    assert load_network(tmp_path / "run")[1].permutation == expected.tolist()


def test_all_channels_and_images_are_scrambled_alike() -> None:
    places = torch.arange(12).view(1, 1, 3, 4).expand(5, 3, 3, 4).to(torch.uint8)
    scrambled = scramble(places, draw(1, 3, 4))
    assert scrambled.shape == places.shape
    assert torch.equal(scrambled, scrambled[:1, :1].expand(5, 3, 3, 4))
    assert scrambled[0, 0].flatten().tolist() == draw(1, 3, 4).tolist()


@pytest.mark.parametrize("kind", choices("permutation"))
def test_without_torch_the_pixels_go_to_the_same_places(kind: str) -> None:
    images = torch.randint(0, 256, (4, 3, 6, 9), dtype=torch.uint8)
    config = RunConfig(permute=True, permutation=kind, permutation_fraction=0.7, permutation_seed=5)  # type: ignore[arg-type]
    config = replace(config, permutation_block=3) if config.cut else config
    places, positions = scrambling.of(config, 6, 9), permutation.of(config, 6, 9)
    assert places is not None and positions is not None
    assert places.tolist() == positions.tolist()
    assert scrambling.scramble(images.numpy(), places).tolist() == scramble(images, positions).tolist()


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


@pytest.mark.parametrize("positions", [None, draw(2, 5, 7)])
def test_a_mirror_image_of_scrambled_pixels_is_the_scrambled_mirror_image(positions: torch.Tensor | None) -> None:
    images = torch.arange(5 * 7 * 6).view(2, 3, 5, 7)
    plain, turned = (part if positions is None else scramble(part, positions) for part in (images, images.flip(3)))
    assert torch.equal(scramble(plain, mirror(5, 7, positions)), turned)
