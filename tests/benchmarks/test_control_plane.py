"""The simulation of many machines runs to its end, at a size at which it tells nothing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_reports_every_rate_and_every_part() -> None:
    sizes = ["--runs", "5", "--workers", "2", "--epochs", "2", "--steps", "2", "--interval", "0.05"]
    command = [sys.executable, "-m", "benchmarks.control_plane", "--database", "sqlite", "--listeners", "1", *sizes]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr
    told = [line.split("  ")[0] for line in result.stdout.splitlines()]
    assert told == [
        *("submitted 5 runs", "submissions", "claims", "events", "runs took", "event to listener"),
        *("web", "workers", "broker", "database", "this machine"),
    ]
    # Five runs of submitted, claimed, started, 2 x (2 steps, epoch), finished and its status.
    assert "(n = 55)" in result.stdout
