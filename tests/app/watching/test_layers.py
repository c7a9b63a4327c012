"""Layers in groups: whole blocks where a network has blocks, single layers where it has none."""

import pytest

from app.watching.layers import grouped


def test_a_small_networks_layers_are_shown_as_they_are() -> None:
    assert grouped({"0": 1.0, "3": 2.0, "7": 0.5}) == {"0": 1.0, "3": 2.0, "7": 0.5}


def test_the_layers_of_a_block_are_one_line_with_the_norm_of_all_their_gradients() -> None:
    norms = {"0": 1.0, "1": 1.0, "3.conv1": 3.0, "3.conv2": 4.0, "4.conv1": 2.0, "13": 0.5}
    assert grouped(norms) == pytest.approx({"0": 1.0, "1": 1.0, "3": 5.0, "4": 2.0, "13": 0.5})
    assert list(grouped(norms)) == ["0", "1", "3", "4", "13"]


def test_one_container_is_looked_into() -> None:
    norms = {"features.0": 1.0, "features.3": 2.0, "features.6": 2.0, "classifier.1": 0.5}
    assert grouped(norms) == norms


def test_nothing_has_no_groups() -> None:
    assert grouped({}) == {}
