"""What a worker says of its device."""

from pathlib import Path

import pytest

from worker import device
from worker.device import Device, look, parse


def test_a_gpu_is_described_by_what_nvidia_smi_prints() -> None:
    told = "NVIDIA H100 80GB HBM3, 81559, 1024, 87\n"
    assert parse(told) == Device("NVIDIA H100 80GB HBM3", 81559 << 20, 1 << 30, 0.87)


def test_what_a_driver_cannot_tell_is_none() -> None:
    assert parse("NVIDIA GB10, [N/A], [N/A], 5") == Device("NVIDIA GB10", None, None, 0.05)


def test_a_gpu_that_cannot_be_asked_has_its_name_at_least(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert look("GPU-5") == Device("GPU GPU-5", None, None, None)
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert look("GPU-5") == Device("GPU GPU-5", None, None, None)


def test_a_cpu_has_the_memory_of_its_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cpu, memory = tmp_path / "cpuinfo", tmp_path / "meminfo"
    cpu.write_text("processor\t: 0\nmodel name\t: A CPU\n\nprocessor\t: 1\nmodel name\t: A CPU\n")
    memory.write_text("MemTotal:       2048 kB\nMemAvailable:   1536 kB\n")
    monkeypatch.setattr(device, "CPUINFO", cpu)
    monkeypatch.setattr(device, "MEMINFO", memory)
    found = look(None)
    assert (found.device, found.memory_total, found.memory_used) == ("A CPU", 2048 << 10, 512 << 10)
    assert found.utilisation is not None and 0 <= found.utilisation <= 1
