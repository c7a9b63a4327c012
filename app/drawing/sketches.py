"""Small drawings as SVG paths: a network's layers for its card, a learning-rate schedule for the form."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from trainer.anatomy import Layer, anatomy, flops
from trainer.catalog import ARCHITECTURES, DATASETS, resolve

# In pixels of the drawing. A layer is as high as its maps and wider the more of them there are.
WIDTH, HEIGHT, ARCS = 180.0, 30.0, 8.0
GAP, THINNEST = 1.5, 2.0
# A short network is drawn so many times as wide, no more, or a layer would be a field.
WIDEST = 2.5
# Images of 32 pixels a side, and 4,096 units, are as high as the drawing.
SIDE, UNITS = 32, 4096


@dataclass(frozen=True)
class Sketch:
    """Path data: convolutions, fully connected layers, and the arcs of shortcuts above them."""

    maps: str
    dense: str
    arcs: str
    # Of one image's forward pass.
    flops: int
    width: float = WIDTH
    height: float = HEIGHT + ARCS


@lru_cache
def network(architecture: str) -> Sketch:
    """The layers with weights from left to right, on the images of the architecture's own experiment."""
    info = DATASETS["mnist" if ARCHITECTURES[architecture].minimum_side > 9 or architecture == "mlp" else "cifar10"]
    layers = anatomy(resolve({"architecture": architecture, "dataset": info.name}), info.shape, len(info.classes))
    shown = [layer for layer in layers if layer.flops and not (layer.block and layer.kind.startswith("1x1"))]
    added = {layer.block for layer in layers if layer.kind == "shortcut added"}
    scale = min(WIDEST, WIDTH / sum(_width(layer) + GAP for layer in shown))
    maps: list[str] = []
    dense: list[str] = []
    x = 0.0
    blocks: dict[int, tuple[float, float]] = {}
    for layer in shown:
        wide = _width(layer) * scale
        (maps if len(layer.output) == 3 else dense).append(_bar(x, wide, _height(layer)))
        if layer.block in added:
            blocks[layer.block] = (blocks.get(layer.block, (x, 0))[0], x + wide)
        x += wide + GAP * scale
    arcs = (
        f"M{_short(begin)} {ARCS - 1:g}q{_short((end - begin) / 2)} -12 {_short(end - begin)} 0"
        for begin, end in blocks.values()
    )
    return Sketch("".join(maps), "".join(dense), "".join(arcs), flops(layers))


def curve(values: Sequence[float], width: float, height: float) -> str:
    """A line through values at equal distances, from 0 at the bottom to the largest at the top."""
    top = max(values)
    heights = [_short(height * (1 - value / top)) for value in values]
    last = len(values) - 1
    # What lies on a level line between its ends adds nothing.
    kept = [place for place in range(last + 1) if place in (0, last) or len(set(heights[place - 1 : place + 2])) > 1]
    return "M" + "L".join(f"{_short(width * place / last)} {heights[place]}" for place in kept)


def _width(layer: Layer) -> float:
    return THINNEST + (log2(layer.output[0]) if len(layer.output) == 3 else 0.5)


def _height(layer: Layer) -> float:
    if len(layer.output) == 3:
        return max(HEIGHT * layer.output[1] / SIDE, THINNEST)
    return max(HEIGHT * log2(layer.output[0]) / log2(UNITS), THINNEST)


def _bar(x: float, wide: float, high: float) -> str:
    return f"M{_short(x)} {_short(ARCS + (HEIGHT - high) / 2)}h{_short(wide)}v{_short(high)}h-{_short(wide)}z"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
