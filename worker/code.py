"""Which code trains a run: the version, and in a checkout the commit."""

import subprocess
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Asked once a worker; a checkout on a slow disk must not hold up its first run for long.
GIT_SECONDS = 5.0


@lru_cache
def code() -> str:
    """Like "0.1.0" or "0.1.0, commit 555e677"; with "-dirty" where files differ from that commit; "" if unknown."""
    return ", ".join(filter(None, (_version(), _commit(ROOT))))


def _version() -> str:
    try:
        return version("epochyard")
    except PackageNotFoundError:  # run from its sources
        return ""


def _commit(root: Path) -> str:
    # Installed below somebody else's checkout, git would tell of theirs.
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"commit {told}"
