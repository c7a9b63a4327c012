"""The logic of the pages' ES modules, tested by node where it is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on the PATH")
def test_the_scripts_keep_their_promises() -> None:
    tests = sorted(str(path) for path in (ROOT / "tests/static").glob("*.test.mjs"))
    result = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=60)
    assert tests and result.returncode == 0, result.stdout + result.stderr
