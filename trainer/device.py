"""Where a run computes and with what numbers: picked once, put back when the run ends."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import torch

from trainer.config import RunConfig
from trainer.errors import DeviceUnavailable, OutOfMemory

# Networks whose convolutions are wide enough that bfloat16 pays: on two cores with AVX-512 BF16, VGG-11 trains 1.6 and
# ResNet-18 2.0 times as fast, and in one thread the thin ResNet-20 1.5 and Plain-20 1.4 times. In the small ones the
# casts cost more than they save (LeNet: 0.7 times, MLP: 0.6).
WIDE = ("vgg", "resnet", "plain", "fastvgg")
# The first NVIDIA generation with bfloat16 tensor cores (Ampere).
BF16_CAPABILITY = (8, 0)


# The small networks' operations are so short that threads mostly wait for each other. On two idle cores two threads
# train the MLP 1.2 and the CNN 1.3 times as fast as one; beside other busy programs they are five times as slow.
LONE = ("mlp", "cnn", "lenet")

# Convolution libraries are at home in channels-last; measured on a CPU: LeNet 1.15, ResNet-18 1.1 to 1.3 times as fast,
# no network slower.
LAYOUT = torch.channels_last


@dataclass(frozen=True)
class Numerics:
    """The device, the number format of a run's forward and backward passes ("fp32" or "bf16"), and how many of the
    CPU's threads share an operation."""

    device: torch.device
    precision: str
    threads: int
    # What native code may use, whatever torch does.
    cores: int

    def autocast(self) -> AbstractContextManager[None]:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


def pick(config: RunConfig) -> Numerics:
    """Decides device, precision and threads. Raises DeviceUnavailable when the configuration names an absent one."""
    device = _device(config.device)
    wide = config.architecture.startswith(WIDE)
    precision = config.precision
    if precision == "auto":
        precision = "bf16" if wide and has_fast_bf16(device) else "fp32"
    lone = device.type == "cpu" and config.architecture in LONE
    cores = torch.get_num_threads()
    return Numerics(device, precision, 1 if lone else cores, cores)


def _device(wanted: str) -> torch.device:
    present = torch.cuda.is_available()
    if wanted == "cuda" and not present:
        raise DeviceUnavailable(
            "This run asks for a CUDA device and there is none here, only the CPU. "
            "Choose device auto or cpu, or start a worker on a machine with an NVIDIA GPU."
        )
    return torch.device("cuda" if present and wanted != "cpu" else "cpu")


def has_fast_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= BF16_CAPABILITY
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def device_name(device: torch.device) -> str:
    """What people call it: the GPU's product name, or the CPU's instruction set as torch uses it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU ({torch.backends.cpu.get_cpu_capability()})"


@contextmanager
def settings(numerics: Numerics, *, deterministic: bool) -> Iterator[None]:
    """torch's process-wide switches as this run wants them, put back afterwards."""
    cudnn = torch.backends.cudnn
    before = (torch.are_deterministic_algorithms_enabled(), cudnn.benchmark, cudnn.allow_tf32)
    threads = torch.get_num_threads()
    torch.set_num_threads(numerics.threads)
    if deterministic:
        # cuBLAS reads it when its first handle is made; without it torch refuses deterministic matrix products.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(deterministic)
    # Every batch has the same shape, so that searching for the fastest convolution pays.
    cudnn.benchmark = not deterministic
    # fp32 means fp32: cuDNN would otherwise round the inputs of convolutions to TF32's 10 bits.
    cudnn.allow_tf32 = numerics.precision != "fp32"
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(before[0])
        cudnn.benchmark, cudnn.allow_tf32 = before[1:]


@contextmanager
def memory_advice(config: RunConfig) -> Iterator[None]:
    """Turns running out of memory into an OutOfMemory that says what to lower."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        # On the CPU, and where a GPU has no room for a context, torch raises others; their words tell them.
        exhausted = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if not exhausted and not any(words in str(error) for words in ("can't allocate memory", "out of memory")):
            raise
        raise OutOfMemory(
            f"Memory ran out. Lower batch_size (now {config.batch_size}) or choose a smaller architecture than "
            f"{config.architecture}; other programs on the same device may also hold memory."
        ) from error
