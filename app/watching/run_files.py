"""What files a run has, and what each is for."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from app.language.words import gettext as _
from app.settings import Settings
from app.store.artifacts import Store
from app.store.models import Run

MEDIA_TYPES = {".txt": "text/plain; charset=utf-8", ".png": "image/png", ".zip": "application/zip"}


class RunFile(BaseModel):
    """One of a run's files; `size` in bytes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "best.safetensors", "size": 249_312}]})

    name: str
    size: int


@dataclass(frozen=True)
class ShownFile:
    """A file as a page lists it."""

    name: str
    size: int
    purpose: str


def files(settings: Settings, run: Run) -> list[RunFile]:
    """By name; what is only being written is not among them."""
    run_id = run.id or 0
    if settings.artifacts_url and run.stored is not None:
        url, placed = settings.artifacts_url, sorted(run.stored.items())
        return [RunFile(name=name, size=_stored_size(url, run_id, place)) for name, place in placed]
    return [RunFile(name=path.name, size=path.stat().st_size) for path in _in_folder(settings.run_folder(run_id))]


def shown(settings: Settings, run: Run) -> list[ShownFile]:
    """Likewise, with what each is for."""
    return [ShownFile(file.name, file.size, _purpose(file.name)) for file in files(settings, run)]


def media_type(name: str) -> str:
    return MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")


def _in_folder(folder: Path) -> list[Path]:
    # Names that begin with a dot are locks, and files that will take another's place.
    return sorted(path for path in folder.glob("[!.]*") if path.is_file())


@lru_cache(maxsize=4096)
def _stored_size(url: str, run_id: int, place: str) -> int:
    """Asked once: in the store a file never changes."""
    return Store(url).size(run_id, place)


def _purpose(name: str) -> str:
    return {
        "best.safetensors": _("Weights of the best epoch, to use or to publish"),
        "last.pt": _("Everything that the training goes on from"),
        "previous.pt": _("The same of the epoch before, in case the newest is damaged"),
        "samples.png": _("Training images as the network sees them"),
        "predictions.zip": _("What the best checkpoint took each test image for"),
        "log.txt": _("Everything that the training said"),
    }.get(name, "")
