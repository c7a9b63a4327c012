"""The architectures: sizes, shapes, limits."""

import inspect
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from trainer.catalog import ARCHITECTURES
from trainer.config import FIELDS, choices
from trainer.errors import DoesNotFit
from trainer.models import MODELS, build, count_parameters
from trainer.randomness import seeded
from trainer.scope import BELONGS, PLAIN, RESIDUAL

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
ON_MNIST = {"mlp", "cnn", "lenet"}


def test_models_are_those_of_the_configuration() -> None:
    assert tuple(MODELS) == choices("architecture")


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_as_the_catalogue_says(name: str) -> None:
    model = build(name, GREY if name in ON_MNIST else COLOUR, 10)
    assert count_parameters(model) == ARCHITECTURES[name].parameters


def test_every_network_takes_the_settings_that_are_said_to_be_its_own_with_the_same_defaults() -> None:
    for name, function in MODELS.items():
        parameters = inspect.signature(function).parameters.values()
        found = {item.name: item.default for item in parameters if item.kind is item.KEYWORD_ONLY}
        # What tells twins apart is no setting.
        found.pop("residual", None)
        having = [setting for setting, architectures in BELONGS.items() if name in architectures]
        assert found == {setting: FIELDS[setting].default for setting in having}, name


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


def weights(name: str, shape: tuple[int, int, int] = COLOUR, **settings: Any) -> dict[str, torch.Tensor]:
    """What the network of seed 3 begins with."""
    with seeded(3, "weights"):
        return build(name, shape, 10, **settings).state_dict()


@pytest.mark.parametrize(("residual", "plain"), list(zip(RESIDUAL, PLAIN, strict=True)))
def test_a_plain_network_is_its_residual_twin_without_the_shortcuts_and_nothing_else(residual: str, plain: str) -> None:
    twin, alone = weights(residual), weights(plain)
    assert alone.keys() == {name for name in twin if "shortcut" not in name}
    assert all(torch.equal(value, twin[name]) for name, value in alone.items())
    assert ARCHITECTURES[plain].defaults == ARCHITECTURES[residual].defaults


def test_a_residual_block_that_computes_nothing_passes_its_input_on_and_a_plain_one_does_not() -> None:
    images = torch.randn(2, *COLOUR)
    for name, passed in (("resnet20", True), ("plain20", False)):
        model = build(name, COLOUR, 10)
        assert isinstance(model, torch.nn.Sequential)
        block = model[4]
        torch.nn.init.zeros_(block.norm2.weight)
        given = model[:4](images)
        assert torch.equal(block(given), given) is passed
        assert bool(block(given).any()) is passed


def test_the_thin_networks_have_the_depth_of_their_name_and_no_parameters_in_shortcuts() -> None:
    for name in ("resnet20", "resnet56"):
        layers = [value for key, value in weights(name).items() if value.dim() in (2, 4)]
        assert len(layers) == int(name.removeprefix("resnet"))
        assert not [key for key in weights(name) if "shortcut" in key]


def test_a_padded_shortcut_takes_every_other_pixel_and_adds_empty_maps() -> None:
    model = build("resnet20", COLOUR, 10)
    assert isinstance(model, torch.nn.Sequential)
    x = torch.randn(2, 16, 8, 6)
    passed = model[6].shortcut(x)
    assert passed.shape == (2, 32, 4, 3)
    assert torch.equal(passed[:, :16], x[:, :, ::2, ::2])
    assert not passed[:, 16:].any()


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("mlp", {"hidden": 32}, 784 * 32 + 32 + 32 * 32 + 32 + 32 * 10 + 10),
        ("cnn", {"features": 3}, 3 * 25 + 3 + 3 * 3 * 25 + 3 + 3 * 16 * 50 + 50 + 50 * 10 + 10),
        ("cnn", {"head": "conv1x1"}, 6_422 - (96 * 50 + 50 + 50 * 10 + 10) + 6 * 10 + 10),
        ("lenet", {"head": "conv1x1"}, 6 * 25 + 6 + 16 * 6 * 25 + 16 + 16 * 10 + 10),
        ("lenet", {"dropout": 0.5}, 61_706),
        ("vgg11", {"batch_norm": False}, 9_231_114 - 2 * (64 + 128 + 2 * 256 + 4 * 512)),
    ],
)
def test_settings_change_the_parameters_as_arithmetic_says(name: str, settings: dict[str, Any], expected: int) -> None:
    assert count_parameters(build(name, GREY if name in ON_MNIST else COLOUR, 10, **settings)) == expected


@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("name", ["vgg11", "resnet20", "plain20"])
def test_both_heads_are_the_same_function_where_the_maps_are_averaged(name: str, side: int) -> None:
    shape, logits = (3, side, side), []
    for head in ("linear", "conv1x1"):
        with seeded(0, "weights"):
            model = build(name, shape, 10, head=head).eval()
        with torch.no_grad():
            logits.append(model(torch.linspace(-2, 2, 2 * 3 * side**2).view(2, *shape)))
    assert torch.allclose(*logits, atol=1e-5)


def test_vgg_without_batch_norm_has_the_same_convolutions_but_for_their_scale() -> None:
    with_norm, without = weights("vgg11"), weights("vgg11", batch_norm=False)
    convolutions = [[value for value in w.values() if value.dim() == 4] for w in (with_norm, without)]
    for small, large in zip(*convolutions, strict=True):
        assert torch.allclose(large, 6**0.5 * small)
        assert float(large.var() * large[0].numel()) == pytest.approx(2, rel=0.1)
    assert not [name for name in without if "running" in name]


def test_vgg_without_batch_norm_tells_images_apart_from_the_start() -> None:
    with seeded(0, "weights"), torch.no_grad():
        logits = build("vgg19", COLOUR, 10, batch_norm=False)(torch.randn(8, *COLOUR))
    assert 0.01 < float(logits.std(0).mean()) < 10
