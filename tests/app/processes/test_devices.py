"""What there is to train on: GPUs, and cores shared among the workers."""

import os
from pathlib import Path

import pytest

from app.commands import worker
from app.processes import devices
from app.processes.devices import cores, parse, visible_gpus

TWO = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-11111111-aaaa)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-22222222-bbbb)
"""
CUT = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-11111111-aaaa)
  MIG 3g.20gb     Device  0: (UUID: MIG-33333333-cccc)
  MIG 3g.20gb     Device  1: (UUID: MIG-44444444-dddd)
"""


def test_gpus_are_named_by_what_the_driver_lists() -> None:
    assert parse(TWO) == ["GPU-11111111-aaaa", "GPU-22222222-bbbb"]
    assert parse(CUT) == ["MIG-33333333-cccc", "MIG-44444444-dddd"]
    assert parse("No devices found.") == []


def test_a_choice_in_the_environment_wins_and_an_empty_one_means_the_cpu() -> None:
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": "1, 3"}) == ["1", "3"]
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": ""}) == []
    assert visible_gpus({"PATH": os.devnull}) == []


@pytest.mark.parametrize(("limit", "expected"), [("50000 100000", 1), ("max 100000", None), ("nonsense", None)])
def test_a_container_has_the_cores_that_its_limit_allows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, expected: int | None
) -> None:
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(devices, "QUOTA", quota)
    without_limit = cores()
    quota.write_text(limit)
    assert cores() == (expected or without_limit)


def test_workers_share_the_cores_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(worker, "cores", lambda: 8)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    three = worker.workers()
    assert [child.environment["CUDA_VISIBLE_DEVICES"] for child in three] == ["0", "1", "2"]
    assert {child.environment["OMP_NUM_THREADS"] for child in three} == {"2"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert [child.environment for child in worker.workers()] == [{}]


def test_a_number_of_threads_that_somebody_chose_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert all("OMP_NUM_THREADS" not in child.environment for child in worker.workers())
