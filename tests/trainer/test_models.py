"""The architectures: sizes, shapes, limits."""

import pytest
import torch
import torch.nn.functional as F

from trainer.catalog import ARCHITECTURES
from trainer.config import choices
from trainer.errors import DoesNotFit
from trainer.models import MODELS, build, count_parameters
from trainer.randomness import seeded

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
ON_MNIST = {"mlp", "cnn", "lenet"}


def test_models_are_those_of_the_configuration() -> None:
    assert tuple(MODELS) == choices("architecture")


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_as_the_catalogue_says(name: str) -> None:
    model = build(name, GREY if name in ON_MNIST else COLOUR, 10)
    assert count_parameters(model) == ARCHITECTURES[name].parameters


def test_parameters_of_the_course_networks() -> None:
    counts = {name: ARCHITECTURES[name].parameters for name in ("lenet", "mlp", "cnn", "vgg11", "resnet18")}
    expected = {"lenet": 61_706, "mlp": 6_442, "cnn": 6_422, "vgg11": 9_231_114, "resnet18": 11_173_962}
    assert counts == expected


@pytest.mark.parametrize("shape", [GREY, COLOUR, (1, 32, 28), (3, 40, 48)])
@pytest.mark.parametrize("name", MODELS)
def test_every_architecture_learns_from_every_size(name: str, shape: tuple[int, int, int]) -> None:
    with seeded(0, "test"):
        model = build(name, shape, 7)
        images = torch.randn(2, *shape)
    labels = torch.tensor([0, 6])
    before = [parameter.clone() for parameter in model.parameters()]
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert model(images).shape == (2, 7)
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_the_smallest_size_works_in_training_even_with_one_image(name: str) -> None:
    side = ARCHITECTURES[name].minimum_side
    assert build(name, (1, side, side), 3)(torch.randn(1, 1, side, side)).shape == (1, 3)


@pytest.mark.parametrize("name", [name for name in MODELS if ARCHITECTURES[name].minimum_side > 1])
def test_a_smaller_size_is_refused_with_advice(name: str) -> None:
    side = ARCHITECTURES[name].minimum_side - 1
    with pytest.raises(DoesNotFit, match=f"at least {side + 1}x{side + 1} pixels, and these have {side}x{side + 5}"):
        build(name, (1, side, side + 5), 3)


def test_the_log_softmax_of_the_mlp_changes_no_loss() -> None:
    model = build("mlp", GREY, 10)
    images, labels = torch.randn(5, *GREY), torch.arange(5)
    assert isinstance(model, torch.nn.Sequential)
    expected = F.cross_entropy(model[:-1](images), labels)
    assert torch.allclose(F.cross_entropy(model(images), labels), expected)
