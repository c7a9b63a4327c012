"""The networks that a test of all of them is run with. Those that only repeat the blocks of a shallower one take most
of its time and can hardly go wrong alone: they are left to the soak."""

import pytest
from _pytest.mark import ParameterSet

from trainer.catalog import ARCHITECTURES

DEEPER = {"vgg13", "vgg16", "vgg19", "resnet34", "plain34"}


def every_architecture(*more: str) -> list[ParameterSet]:
    """Their names, each followed by `more`."""
    return [pytest.param(name, *more, marks=pytest.mark.soak if name in DEEPER else ()) for name in ARCHITECTURES]
