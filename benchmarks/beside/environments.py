"""The other tools, each in an environment of its own, made with uv and kept for the next time."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# The newest of each that could be installed in November 2026.
MLFLOW = "mlflow==3.17.2"
TRACKIO = "trackio==0.43.0"
TENSORBOARD = "tensorboard==2.21.0"

MOST_SECONDS = 500


class NotInstalled(Exception):
    """With what uv said."""


def programs(requirements: Sequence[str], cache: Path) -> Path:
    """The folder of the programs of an environment with these requirements. Raises `NotInstalled`."""
    ours = Path(sys.executable).parent
    if not requirements:
        return ours
    environment = cache / "-".join(requirements).replace("==", "-")
    done = environment / "installed"
    if not done.exists():
        uv = shutil.which("uv", path=f"{ours}{os.pathsep}{os.environ.get('PATH', '')}")
        if uv is None:
            raise NotInstalled("uv is not there; `pip install uv`")
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment))
        _run(uv, "pip", "install", "--quiet", "--python", str(environment / "bin" / "python"), *requirements)
        done.touch()
    return environment / "bin"


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=MOST_SECONDS)
    except subprocess.CalledProcessError as error:
        raise NotInstalled(" ".join(error.stderr.split())[:200]) from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"not done in {MOST_SECONDS} s") from error
