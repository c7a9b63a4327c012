"""A network's layers without torch: what each gives out, how many parameters it has, how much it computes.

Tests hold every architecture's description against the real network, layer by layer.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from trainer.config import RunConfig
from trainer.layouts import POOL, RESNET_WIDTHS, SIDE, STAGES, THIN, VGG_LAYOUTS, VGG_WIDTHS, WHITENED

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer of a forward pass over one image.

    `output` is (channels, height, width), or (units,). `flops` counts a multiplication and an addition as two and only
    those of convolutions and fully connected layers; all the rest is small beside them.
    """

    kind: str
    output: Shape
    parameters: int = 0
    flops: int = 0
    # The residual block it belongs to, from 1; 0 outside of any.
    block: int = 0


@dataclass
class Sketch:
    """Layers as they are put on top of each other; `shape` is what the last one gives out."""

    shape: Shape
    layers: list[Layer] = field(default_factory=list)
    block: int = 0

    def add(self, kind: str, shape: Shape, parameters: int = 0, flops: int = 0) -> None:
        self.shape = shape
        self.layers.append(Layer(kind, shape, parameters, flops, self.block))

    def convolution(
        self, maps: int, kernel: int, *, padding: int = 0, stride: int = 1, bias: bool = True, learned: bool = True
    ) -> None:
        channels, *sides = self.shape
        height, width = ((side + 2 * padding - kernel) // stride + 1 for side in sides)
        weights = maps * channels * kernel**2
        parameters = (weights + (maps if bias else 0)) if learned else 0
        kind = f"{kernel}x{kernel} convolution" + (f", every {stride}nd pixel" if stride > 1 else "")
        self.add(kind if learned else "whitening", (maps, height, width), parameters, 2 * weights * height * width)

    def norm(self, *, scale: bool = True) -> None:
        self.add("batch norm", self.shape, self.shape[0] * (2 if scale else 1))

    def plain(self, kind: str) -> None:
        self.add(kind, self.shape)

    def pool(self) -> None:
        channels, height, width = self.shape
        self.add("2x2 max pooling", (channels, height // 2, width // 2))

    def average(self) -> None:
        self.add("mean of each map", self.shape[:1])

    def flatten(self) -> None:
        self.add("flatten", (math.prod(self.shape),))

    def linear(self, units: int, *, bias: bool = True) -> None:
        (inputs,) = self.shape
        self.add("fully connected", (units,), inputs * units + (units if bias else 0), 2 * inputs * units)

    def border(self) -> None:
        """Fills smaller images up to SIDE."""
        channels, height, width = self.shape
        if min(height, width) < SIDE:
            self.add("border", (channels, max(height, SIDE), max(width, SIDE)))

    def head(self, kind: str, classes: int, dropout: float) -> None:
        if kind == "conv1x1":
            self.dropout(dropout)
            self.convolution(classes, 1)
            self.average()
        else:
            self.average()
            self.dropout(dropout)
            self.linear(classes)

    def dropout(self, rate: float) -> None:
        if rate:
            self.plain("dropout")


def anatomy(config: RunConfig, shape: tuple[int, int, int], classes: int) -> list[Layer]:
    """The layers of the configuration's network for images (channels, height, width), in the order of computation."""
    sketch = Sketch(shape)
    SKETCHES[config.architecture](sketch, classes, **config.network())
    return sketch.layers


def parameters(layers: Sequence[Layer]) -> int:
    """How many numbers the training adjusts."""
    return sum(layer.parameters for layer in layers)


def flops(layers: Sequence[Layer]) -> int:
    """Of one image's forward pass; a training step costs about three times that, an image."""
    return sum(layer.flops for layer in layers)


def _mlp(sketch: Sketch, classes: int, *, hidden: int, dropout: float) -> None:
    sketch.flatten()
    for _ in range(2):
        sketch.linear(hidden)
        sketch.plain("ReLU")
        sketch.dropout(dropout)
    sketch.linear(classes)
    sketch.plain("log-softmax")


def _maps(sketch: Sketch, widths: tuple[int, int], padding: int) -> None:
    for width, border in zip(widths, (padding, 0), strict=True):
        sketch.convolution(width, 5, padding=border)
        sketch.plain("ReLU")
        sketch.pool()


def _lenet(sketch: Sketch, classes: int, *, head: str, dropout: float) -> None:
    padding = 2 if min(sketch.shape[1:]) < SIDE else 0
    _maps(sketch, (6, 16), padding)
    _classifier(sketch, (120, 84), classes, head, dropout)


def _cnn(sketch: Sketch, classes: int, *, features: int, head: str, dropout: float) -> None:
    _maps(sketch, (features, features), 0)
    _classifier(sketch, (50,), classes, head, dropout)


def _classifier(sketch: Sketch, hidden: Sequence[int], classes: int, head: str, dropout: float) -> None:
    if head != "linear":
        sketch.head(head, classes, dropout)
        return
    sketch.flatten()
    for units in hidden:
        sketch.linear(units)
        sketch.plain("ReLU")
        sketch.dropout(dropout)
    sketch.linear(classes)


def _vgg(depth: int, sketch: Sketch, classes: int, *, batch_norm: bool, head: str, dropout: float) -> None:
    sketch.border()
    for width in VGG_LAYOUTS[depth]:
        if width == POOL:
            sketch.pool()
            continue
        sketch.convolution(width, 3, padding=1)
        if batch_norm:
            sketch.norm()
        sketch.plain("ReLU")
    sketch.head(head, classes, dropout)


def _resnet(depth: int, sketch: Sketch, classes: int, *, head: str, dropout: float, residual: bool = True) -> None:
    sketch.convolution(STAGES[depth][0][0], 3, padding=1, bias=False)
    sketch.norm()
    sketch.plain("ReLU")
    blocks = 0
    for stage, (width, count) in enumerate(STAGES[depth]):
        for number in range(count):
            blocks += 1
            sketch.block = blocks
            _block(sketch, width, 2 if stage > 0 and number == 0 else 1, residual=residual, padded=depth in THIN)
    sketch.block = 0
    sketch.head(head, classes, dropout)


def _block(sketch: Sketch, width: int, stride: int, *, residual: bool, padded: bool) -> None:
    before = sketch.shape
    sketch.convolution(width, 3, padding=1, stride=stride, bias=False)
    sketch.norm()
    sketch.plain("ReLU")
    sketch.convolution(width, 3, padding=1, bias=False)
    sketch.norm()
    if residual:
        after, sketch.shape = sketch.shape, before
        if before != after and not padded:
            sketch.convolution(width, 1, stride=stride, bias=False)
            sketch.norm()
        sketch.add("shortcut added", after)
    sketch.plain("ReLU")


def _first(sketch: Sketch) -> None:
    sketch.border()
    channels = sketch.shape[0]
    sketch.convolution(2 * channels * WHITENED**2, WHITENED, bias=False, learned=False)
    sketch.plain("GELU")


def _level(sketch: Sketch, width: int, *, down: bool = False) -> None:
    sketch.convolution(width, 3, padding=1, bias=False)
    if down:
        sketch.pool()
    sketch.norm(scale=False)
    sketch.plain("GELU")


def _fast_head(sketch: Sketch, classes: int) -> None:
    sketch.add("strongest of each map", sketch.shape[:1])
    sketch.linear(classes, bias=False)
    sketch.plain("scale")


def _fastvgg(sketch: Sketch, classes: int) -> None:
    _first(sketch)
    for width in VGG_WIDTHS:
        _level(sketch, width, down=True)
        _level(sketch, width)
    _fast_head(sketch, classes)


def _resnet9(sketch: Sketch, classes: int) -> None:
    _first(sketch)
    wide, wider, widest = RESNET_WIDTHS
    for block, width in ((1, wide), (0, wider), (2, widest)):
        _level(sketch, width, down=True)
        if block:
            sketch.block = block
            _level(sketch, width)
            _level(sketch, width)
            sketch.plain("shortcut added")
            sketch.block = 0
    _fast_head(sketch, classes)


SKETCHES: dict[str, Callable[..., Any]] = {
    "mlp": _mlp,
    "cnn": _cnn,
    "lenet": _lenet,
    **{f"vgg{depth}": partial(_vgg, depth) for depth in VGG_LAYOUTS},
    **{f"resnet{depth}": partial(_resnet, depth) for depth in STAGES},
    **{f"plain{depth}": partial(_resnet, depth, residual=False) for depth in STAGES},
    "fastvgg": _fastvgg,
    "resnet9": _resnet9,
}
