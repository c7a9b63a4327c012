"""Crop and flip of a whole batch equal the same done image by image."""

import pytest
import torch
import torch.nn.functional as F

from trainer.augment import PADDING, crop_and_flip, draw, normalise


def test_a_batch_is_cropped_and_flipped_like_single_images() -> None:
    images = torch.randint(0, 256, (40, 3, 9, 11), dtype=torch.uint8)
    draws = draw(0, 1, 40)
    for image, result, (row, column, flip) in zip(images, crop_and_flip(images, draws), draws.tolist(), strict=True):
        expected = F.pad(image, [PADDING] * 4)[:, row : row + 9, column : column + 11]
        assert torch.equal(result, expected.flip(2) if flip else expected)


def test_draws_cover_all_offsets_and_both_sides_and_change_with_the_epoch() -> None:
    draws = draw(0, 1, 5000)
    assert [set(column.tolist()) for column in draws.T] == [set(range(9)), set(range(9)), {0, 1}]
    assert torch.equal(draws, draw(0, 1, 5000))
    assert not torch.equal(draws, draw(0, 2, 5000))


def test_the_middle_crop_without_a_flip_changes_nothing() -> None:
    images = torch.randint(0, 256, (2, 1, 8, 8), dtype=torch.uint8)
    assert torch.equal(crop_and_flip(images, torch.tensor([[PADDING, PADDING, 0]] * 2)), images)


def test_normalising_takes_off_the_mean_and_divides_by_the_deviation() -> None:
    images = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1)
    values = normalise(images, torch.full((1, 1, 1), 0.5), torch.full((1, 1, 1), 0.25))
    assert values.flatten().tolist() == [-2.0, 2.0]


@pytest.mark.parametrize("reach", [0, 2, 4])
def test_a_crop_goes_no_further_than_asked(reach: int) -> None:
    moved = draw(0, 1, 2000, reach)[:, :2] - PADDING
    assert (int(moved.min()), int(moved.max())) == (-reach, reach)


def test_the_usual_reach_is_the_whole_border() -> None:
    assert torch.equal(draw(5, 2, 100), draw(5, 2, 100, PADDING))
