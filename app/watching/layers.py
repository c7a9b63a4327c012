"""A network's layers in groups that a chart can show: one line a layer, or one a block where there are blocks."""

from collections.abc import Mapping
from math import sqrt

# Names are as deep as needed for this many lines: a residual network's blocks, and not its one container.
FEWEST = 4


def grouped(norms: Mapping[str, float]) -> dict[str, float]:
    """Gradient norms by layer, as "3.conv1", to norms by group, as "3", in the network's order.

    The norm of a group's gradient is the root of the sum of its layers' squares.
    """
    parts = [name.split(".") for name in norms]
    deepest = max(map(len, parts), default=1)
    counts = {depth: len({tuple(part[:depth]) for part in parts}) for depth in range(1, deepest + 1)}
    depth = next((depth for depth, count in counts.items() if count >= FEWEST), deepest)
    squares: dict[str, float] = {}
    for part, norm in zip(parts, norms.values(), strict=True):
        group = ".".join(part[:depth])
        squares[group] = squares.get(group, 0.0) + norm**2
    return {group: sqrt(square) for group, square in squares.items()}
