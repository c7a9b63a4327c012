"""What a worker trains on: its name, memory and use, asked without loading torch."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.processes.devices import cores

CPUINFO, MEMINFO = Path("/proc/cpuinfo"), Path("/proc/meminfo")
MIB = 1 << 20
QUERY = "name,memory.total,memory.used,utilization.gpu"
SMI_SECONDS = 5.0


@dataclass(frozen=True)
class Device:
    """Memory in bytes, utilisation as a fraction; None where it cannot be told."""

    device: str
    memory_total: int | None
    memory_used: int | None
    utilisation: float | None


def look(gpu: str | None) -> Device:
    """The GPU of this name, as CUDA_VISIBLE_DEVICES has it; None: the CPU, with the memory of its machine."""
    return _cpu() if gpu is None else _gpu(gpu)


def _gpu(name: str) -> Device:
    program = shutil.which("nvidia-smi")
    unknown = Device(f"GPU {name}", None, None, None)
    if program is None:
        return unknown
    command = [program, f"--query-gpu={QUERY}", "--format=csv,noheader,nounits", "-i", name]
    try:
        # An instance of a GPU that is cut (MIG) is unknown to this query.
        told = subprocess.run(command, capture_output=True, text=True, timeout=SMI_SECONDS, check=True).stdout
        return parse(told)
    except (OSError, subprocess.SubprocessError, ValueError):
        return unknown


def parse(told: str) -> Device:
    """The first line of what nvidia-smi prints to QUERY. Raises ValueError."""
    name, total, used, busy = (part.strip() for part in told.splitlines()[0].rsplit(",", 3))
    total_mib, used_mib, percent = (int(value) if value.isdecimal() else None for value in (total, used, busy))
    return Device(
        device=name,
        memory_total=None if total_mib is None else total_mib * MIB,
        memory_used=None if used_mib is None else used_mib * MIB,
        utilisation=None if percent is None else percent / 100,
    )


def _cpu() -> Device:
    memory = _table(MEMINFO)
    total, available = (_bytes(memory.get(name)) for name in ("MemTotal", "MemAvailable"))
    model = _table(CPUINFO).get("model name") or platform.processor() or platform.machine()
    return Device(
        device=model,
        memory_total=total,
        memory_used=total - available if total is not None and available is not None else None,
        # Processes that want to run, for each core; more than all cores cannot be busy.
        utilisation=min(1.0, os.getloadavg()[0] / cores()),
    )


def _table(file: Path) -> dict[str, str]:
    """The first of the lines "name : value" of each name; none where there is no such file."""
    try:
        lines = [line.split(":", 1) for line in file.read_text().splitlines() if ":" in line]
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, value in reversed(lines)}


def _bytes(value: str | None) -> int | None:
    """What /proc writes as "16384 kB"."""
    return int(value.split()[0]) * 1024 if value else None
