"""Which GPUs and how many CPU cores there are, asked without loading torch."""

import math
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "CUDA_VISIBLE_DEVICES"
# What a container may use of the processor (cgroup v2): microseconds a period, or "max".
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def visible_gpus(environment: Mapping[str, str]) -> list[str]:
    """A name for each GPU that may be used, as CUDA_VISIBLE_DEVICES understands it; none: there is only the CPU."""
    if VARIABLE in environment:
        return [name.strip() for name in environment[VARIABLE].split(",") if name.strip()]
    program = shutil.which("nvidia-smi", path=environment.get("PATH"))
    if program is None:
        return []
    try:
        listing = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):  # a driver without its device, for instance
        return []
    return parse(listing)


def parse(listing: str) -> list[str]:
    """The UUIDs in what `nvidia-smi -L` prints; of a GPU that is cut into instances (MIG), those of the instances."""
    found = re.findall(r"\(UUID: ((?:GPU|MIG)-[^)]+)\)", listing)
    instances = [name for name in found if name.startswith("MIG-")]
    # One that is cut cannot be used whole, and CUDA sees instances only where there are any.
    return instances or found


def cores() -> int:
    """The CPU cores that this process may keep busy, at least one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = QUOTA.read_text().split()
        return max(1, min(allowed, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no such limit
        return allowed
