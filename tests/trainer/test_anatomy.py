"""The description of a network is the network: sizes, parameters and work of every layer."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainer.anatomy import SKETCHES, Layer, anatomy, flops, parameters
from trainer.catalog import resolve
from trainer.models import MODELS, build, count_parameters
from trainer.models.fast import Whitening
from trainer.scope import BELONGS, SIZED_BY

GREY, COLOUR, LARGE = (1, 28, 28), (3, 32, 32), (3, 40, 48)
SETTINGS: dict[str, Any] = {"hidden": 31, "features": 9, "batch_norm": False, "dropout": 0.5, "head": "conv1x1"}


def cases() -> Iterator[dict[str, Any]]:
    for name in MODELS:
        yield {"architecture": name}
        for setting, architectures in BELONGS.items():
            if name in architectures:
                yield {"architecture": name, setting: SETTINGS[setting]}


def work(model: nn.Module, shape: tuple[int, int, int]) -> list[tuple[tuple[int, ...], int, int]]:
    """(output, parameters, FLOPs) of every convolution and fully connected layer, as torch runs them."""
    seen: list[tuple[tuple[int, ...], int, int]] = []

    def note(layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        weight = layer.weight
        assert isinstance(weight, Tensor)
        positions = output[0, 0].numel() if output.dim() == 4 else 1
        seen.append((tuple(output.shape[1:]), count_parameters(layer), 2 * weight.numel() * positions))

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear | Whitening):
            layer.register_forward_hook(note)
    with torch.inference_mode():
        model.eval()(torch.zeros(1, *shape))
    return seen


@pytest.mark.parametrize("settings", [*cases()], ids=lambda settings: "-".join(map(str, settings.values())))
@pytest.mark.parametrize("shape", [GREY, COLOUR, LARGE])
def test_every_layer_is_as_torch_runs_it(settings: dict[str, Any], shape: tuple[int, int, int]) -> None:
    config = resolve(settings | {"dataset": "cifar10"})
    model = build(config.architecture, shape, 7, **config.network())
    layers = anatomy(config, shape, 7)
    assert parameters(layers) == count_parameters(model)
    found = [(layer.output, layer.parameters, layer.flops) for layer in layers if layer.flops]
    # A shortcut's convolution stands behind its block's two here and runs behind them in torch.
    assert found == work(model, shape)
    assert layers[-1].output == (7,)


def test_every_architecture_is_described() -> None:
    assert set(SKETCHES) == set(MODELS)


def test_a_known_network_in_numbers() -> None:
    layers = anatomy(resolve({"architecture": "lenet", "dataset": "mnist"}), GREY, 10)
    assert layers[0] == Layer("5x5 convolution", (6, 28, 28), 156, 235_200)
    assert (parameters(layers), flops(layers)) == (61_706, 833_040)


def test_residual_blocks_are_numbered() -> None:
    blocks = [layer.block for layer in anatomy(resolve({"architecture": "resnet20", "dataset": "cifar10"}), COLOUR, 10)]
    assert sorted(set(blocks)) == list(range(10))


def test_the_settings_of_a_network_that_are_named_so_decide_its_size_and_no_other_does() -> None:
    def count(**values: Any) -> int:
        return parameters(anatomy(resolve(values), COLOUR, 10))

    deciding = {
        name
        for name, having in BELONGS.items()
        for one in having
        if count(architecture=one, **{name: SETTINGS[name]}) != count(architecture=one)
    }
    assert deciding == set(SIZED_BY) - {"architecture", "dataset"}
