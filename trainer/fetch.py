"""First use of a built-in data set (placeholder)."""
from collections.abc import Generator
from pathlib import Path

from trainer.errors import DataUnavailable
from trainer.events import Preparing

SOURCES: dict[str, object] = {}
def fetch(name: str, path: Path, mirror: str | None) -> Generator[Preparing, None, None]:
    raise DataUnavailable("not yet")
    yield
