"""Small drawings: layers as bars, a schedule as a line."""

import re

import pytest

from app.drawing.sketches import WIDTH, curve, network
from trainer.catalog import ARCHITECTURES


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_fits_its_drawing(name: str) -> None:
    drawn = network(name)
    bars = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z", drawn.maps + drawn.dense)
    assert bars and "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in bars) == drawn.maps + drawn.dense
    assert all(float(x) + float(w) <= WIDTH + 0.1 and float(y) + float(h) <= drawn.height for x, y, w, h in bars)


def test_layers_with_weights_are_drawn_and_shortcuts_only_where_there_are_some() -> None:
    def count(name: str) -> tuple[int, int, int]:
        return tuple(getattr(network(name), part).count("M") for part in ("maps", "dense", "arcs"))  # type: ignore[return-value]

    assert count("mlp") == (0, 3, 0)
    assert count("lenet") == (2, 3, 0)
    assert count("vgg11") == (8, 1, 0)
    # Its three 1x1 convolutions lie beside the blocks.
    assert count("resnet18") == (17, 1, 8)
    assert count("plain18") == (17, 1, 0)


def test_a_curve_goes_from_left_to_right_and_a_level_one_is_short() -> None:
    assert curve([1.0, 0.5, 0.0], 20, 10) == "M0 0L10 5L20 10"
    assert curve([0.1] * 121, 240, 56) == "M0 0L240 0"
    assert curve([1, 1, 1, 0.1, 0.1], 40, 10) == "M0 0L20 0L30 9L40 9"
