"""Looks into a step that is reported: the norm of every layer's gradient, |F(x)| / |x| of every residual block.

Nothing is registered on a network that is not observed, and on a step that is not reported the hooks return at once.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

from trainer.models.resnet import BasicBlock

Figures = dict[str, float]


class Observer:
    """Of one step at a time: `arm` before its forward pass, `read` while its gradients are still in `.grad`.

    What it measures stays on the device until `read`, which waits for it once. It changes no number of the training.
    """

    def __init__(self, model: nn.Module) -> None:
        # Weight and bias together, under the name that state_dict gives their module.
        self._layers: dict[str, list[nn.Parameter]] = {
            name or type(module).__name__: own
            for name, module in model.named_modules()
            if (own := [weight for weight in module.parameters(recurse=False) if weight.requires_grad])
        }
        self._armed = False
        self._ratios: dict[str, Tensor] = {}
        for name, module in model.named_modules():
            if is_residual(module):
                self._attach(name, module)

    def arm(self) -> None:
        """The step that comes will be reported."""
        self._armed = True
        self._ratios.clear()

    @torch.no_grad()
    def read(self) -> dict[str, Figures | None]:
        """`gradient_norms` and `residual_ratios` of the step, as StepLogged takes them; the latter is None where
        the network has no residual blocks. A figure that is no finite number is left out: JSON has no word for it."""
        self._armed = False
        layers = {
            name: [weight.grad for weight in weights if weight.grad is not None]
            for name, weights in self._layers.items()
        }
        norms = {name: _norm_of(gradients) for name, gradients in layers.items() if gradients}
        measured = [*norms.values(), *self._ratios.values()]
        values: list[float] = torch.stack(measured).tolist() if measured else []
        ratios = dict(zip(self._ratios, values[len(norms) :], strict=True))
        return {
            "gradient_norms": _finite(dict(zip(norms, values[: len(norms)], strict=True))),
            "residual_ratios": _finite(ratios) if ratios else None,
        }

    def _attach(self, name: str, block: nn.Module) -> None:
        """Hooks that measure the block's input, and what its last norm adds to it, as they pass by."""
        entered: list[Tensor] = []

        def enter(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
            if self._armed:
                entered[:] = [_per_image(inputs[0])]

        def leave(_module: nn.Module, _inputs: tuple[Any, ...], residual: Tensor) -> None:
            if self._armed and entered:
                self._ratios[name] = (_per_image(residual) / entered.pop()).mean()

        block.register_forward_pre_hook(enter)
        # F(x) itself; the block's own output has x added to it and its negative half cut off.
        block.get_submodule("norm2").register_forward_hook(leave)


def is_residual(module: nn.Module) -> bool:
    """Whether the module adds what it computes to what it is given; a plain block has no shortcut."""
    return isinstance(module, BasicBlock) and getattr(module, "shortcut", None) is not None


@torch.no_grad()
def _per_image(batch: Tensor) -> Tensor:
    """L2 norm over all but the first dimension, in float32 whatever the network computes in: (N, ...) -> (N,)."""
    norms: Tensor = torch.linalg.vector_norm(batch, dim=tuple(range(1, batch.dim())), dtype=torch.float32)
    return norms


def _norm_of(gradients: list[Tensor]) -> Tensor:
    norms = [torch.linalg.vector_norm(gradient, dtype=torch.float32) for gradient in gradients]
    norm: Tensor = norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
    return norm


def _finite(figures: Figures) -> Figures:
    return {name: value for name, value in figures.items() if math.isfinite(value)}
