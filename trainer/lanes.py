"""The fast way for small networks on a CPU: many optimiser steps a call, in native code (lanes.cpp).

It trains the same network on the same batches as the torch path, which stays the reference, and equals it within
float tolerance. What it does not know, and machines where it was not built, take the reference.
"""

import ctypes
import importlib.util
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor, nn

from trainer.config import RunConfig
from trainer.device import Numerics

# One source, built for several instruction sets; the first that is there for what torch found the CPU able to.
BUILDS = {"AVX512": ("_lanes_avx512", "_lanes_avx2", "_lanes"), "AVX2": ("_lanes_avx2", "_lanes")}
# As in lanes.cpp.
GROUPS, VECTOR, KERNEL = 4, 16, (5, 5)


class Job(ctypes.Structure):
    """What lanes.cpp is given, in its order."""

    _fields_ = (
        ("layers", ctypes.c_void_p),
        ("parameters", ctypes.c_void_p),
        ("gradients", ctypes.c_void_p),
        ("first_moment", ctypes.c_void_p),
        ("second_moment", ctypes.c_void_p),
        ("images", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("order", ctypes.c_void_p),
        ("scale", ctypes.c_void_p),
        ("shift", ctypes.c_void_p),
        ("rates", ctypes.c_void_p),
        ("losses", ctypes.c_void_p),
        ("hits", ctypes.c_void_p),
        ("depth", ctypes.c_int64),
        ("parameter_count", ctypes.c_int64),
        ("group_stride", ctypes.c_int64),
        ("images_in_order", ctypes.c_int64),
        ("batch", ctypes.c_int64),
        ("steps", ctypes.c_int64),
        ("steps_before", ctypes.c_int64),
        ("adam", ctypes.c_int64),
        ("threads", ctypes.c_int64),
        ("momentum", ctypes.c_double),
        ("beta2", ctypes.c_double),
        ("epsilon", ctypes.c_double),
        ("weight_decay", ctypes.c_double),
        ("decoupled_decay", ctypes.c_double),
        ("label_smoothing", ctypes.c_double),
    )


@cache
def native() -> ctypes.CDLL | None:
    """The build for this CPU, or None where there is none."""
    for name in BUILDS.get(torch.backends.cpu.get_cpu_capability(), ("_lanes",)):
        found = importlib.util.find_spec(f"trainer.{name}")
        if found is not None and found.origin is not None:
            return ctypes.CDLL(found.origin)
    return None


def layers_of(model: nn.Module, shape: tuple[int, int, int]) -> list[tuple[int, ...]] | None:
    """The network as rows (is a convolution, channels, height, width, outputs, padding), or None if it is another kind.

    Known are 5x5 convolutions, each with ReLU and 2x2 max-pooling, then fully connected layers with ReLU between.
    """
    parts = [part for part in model.children() if not isinstance(part, nn.Flatten | nn.LogSoftmax)]
    kinds = "".join({nn.Conv2d: "C", nn.ReLU: "R", nn.MaxPool2d: "P", nn.Linear: "L"}.get(type(p), "?") for p in parts)
    head = kinds.lstrip("CRP")
    body = kinds[: len(kinds) - len(head)]
    if (
        not isinstance(model, nn.Sequential)
        or body != "CRP" * (len(body) // 3)
        or head != "LR" * (len(head) // 2) + "L"
    ):
        return None
    rows: list[tuple[int, ...]] = []
    channels, height, width = shape
    for part in parts:
        if isinstance(part, nn.Conv2d):
            padding = int(part.padding[0])
            usual = (part.kernel_size, part.stride, part.dilation, part.groups) == (KERNEL, (1, 1), (1, 1), 1)
            if not usual or part.bias is None or part.padding not in ((0, 0), (2, 2)):
                return None
            rows.append((1, channels, height, width, part.out_channels, padding))
            channels, height, width = part.out_channels, *((side + 2 * padding - 4) // 2 for side in (height, width))
        elif isinstance(part, nn.Linear):
            rows.append((0, channels, height, width, part.out_features, 0))
            channels, height, width = part.out_features, 1, 1
    return rows


@dataclass
class Lanes:
    """A network whose weights, gradients and optimiser state lie in flat tensors that native code works on.

    The model's parameters and the optimiser's state are views of them, so that evaluation, checkpoints and observers
    find everything where torch has it. Gradients are those of the newest step.
    """

    native: ctypes.CDLL
    config: RunConfig
    threads: int
    layers: Tensor
    parameters: Tensor
    gradients: Tensor
    first_moment: Tensor
    second_moment: Tensor
    # Of Adam: how many steps each parameter has seen.
    counters: list[Tensor]
    # float32 (C,): a pixel of 0..255 becomes pixel * scale + shift.
    scale: Tensor
    shift: Tensor

    @classmethod
    def take(
        cls,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        config: RunConfig,
        numerics: Numerics,
        shape: tuple[int, int, int],
        mean: Tensor,
        std: Tensor,
    ) -> "Lanes | None":
        """The model and its optimiser taken over, or None where they have to go the way of torch."""
        found, built = layers_of(model, shape), native()
        plain = (config.ema, config.bias_rate, config.nesterov) == (0, 1, False)
        plain &= all(parameter.dtype == torch.float32 for parameter in model.parameters())
        if not (found and built and plain and numerics.device.type == "cpu" and numerics.precision == "fp32"):
            return None
        ends = [0]
        for parameter in model.parameters():
            ends.append(ends[-1] + parameter.numel())
        count = ends[-1]
        flat, gradients = torch.zeros(count + VECTOR), torch.zeros(GROUPS, count + VECTOR)
        moments = torch.zeros(2, count)
        names = ("exp_avg", "exp_avg_sq") if config.optimizer != "sgd" else ("momentum_buffer",)
        counters = []
        for parameter, (begin, end) in zip(model.parameters(), pairwise(ends), strict=True):
            flat[begin:end] = parameter.detach().flatten()
            parameter.data = flat[begin:end].view(parameter.shape)
            parameter.grad = gradients[0, begin:end].view(parameter.shape)
            state = optimizer.state[parameter]
            for name, moment in zip(names, moments, strict=False):
                if isinstance(state.get(name), Tensor):
                    moment[begin:end] = state[name].flatten()
                state[name] = moment[begin:end].view(parameter.shape)
            if config.optimizer != "sgd":
                counters.append(state.setdefault("step", torch.zeros(())))
        scale = 1 / (255 * std.double().flatten())
        return cls(
            native=built,
            config=config,
            threads=min(GROUPS, numerics.cores),
            layers=torch.tensor(found, dtype=torch.int32),
            parameters=flat,
            gradients=gradients,
            first_moment=moments[0],
            second_moment=moments[1],
            counters=counters,
            scale=scale.float(),
            shift=(-mean.double().flatten() / std.double().flatten()).float(),
        )

    def train(
        self, images: Tensor, labels: Tensor, order: Tensor, rates: list[float], steps_before: int
    ) -> tuple[Tensor, Tensor]:
        """Steps on the images (N, C, H, W), uint8, in `order`, one learning rate a step; returns losses and hits."""
        config, adam = self.config, self.config.optimizer != "sgd"
        losses, hits = torch.zeros(len(rates)), torch.zeros((), dtype=torch.int64)
        tensors = {
            "layers": self.layers,
            "parameters": self.parameters,
            "gradients": self.gradients,
            "first_moment": self.first_moment,
            "second_moment": self.second_moment,
            "images": images.contiguous(),
            "labels": labels.contiguous(),
            "order": order.contiguous(),
            "scale": self.scale,
            "shift": self.shift,
            "rates": torch.tensor(rates),
            "losses": losses,
            "hits": hits,
        }
        job = Job(
            **{name: tensor.data_ptr() for name, tensor in tensors.items()},
            depth=len(self.layers),
            parameter_count=len(self.first_moment),
            group_stride=self.gradients.shape[1],
            images_in_order=len(order),
            batch=config.batch_size,
            steps=len(rates),
            steps_before=steps_before,
            adam=adam,
            threads=self.threads,
            momentum=0.9 if adam else config.momentum,
            beta2=0.999,
            epsilon=1e-8,
            weight_decay=0.0 if config.optimizer == "adamw" else config.weight_decay,
            decoupled_decay=config.weight_decay if config.optimizer == "adamw" else 0.0,
            label_smoothing=config.label_smoothing,
        )
        self.native.epochyard_train(ctypes.byref(job))
        for counter in self.counters:
            counter.fill_(steps_before + len(rates))
        return losses, hits
