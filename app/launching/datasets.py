"""The data sets that a run can train on, what each is like, and its pictures; torch-free, and NumPy only on demand."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.lifecycle.submissions import prepared
from trainer.catalog import DATASETS
from trainer.config import RunConfig
from trainer.errors import DataUnavailable

if TYPE_CHECKING:
    from app.launching.samples import Source
    from trainer.glance import Facts

# absent: the first run that wants it fetches it.
State = Literal["ready", "absent", "damaged"]
# Comes with the installation, as no file of ours.
BUNDLED = "digits"
# What decides how the pixels are scrambled.
SCRAMBLING = ("permute", "permutation", "permutation_block", "permutation_fraction", "permutation_seed")
# Goes into the address of every picture: raise it when pictures are drawn in another way.
DRAWN = 1


@dataclass(frozen=True)
class Dataset:
    """A data set by name: built in, or a file that somebody put into the data folder."""

    name: str
    folder: Path

    @property
    def built_in(self) -> bool:
        return self.name in DATASETS

    @property
    def title(self) -> str:
        return DATASETS[self.name].title if self.built_in else self.name

    @property
    def description(self) -> str:
        return DATASETS[self.name].description if self.built_in else "From the data folder."

    @property
    def download_bytes(self) -> int:
        return DATASETS[self.name].download_bytes if self.built_in else 0

    @cached_property
    def source(self) -> "Source":
        """The file of its images as it is now; None where there is none, or none is needed."""
        path = self.folder / f"{self.name}.npz"
        # A training does not look for a file of that name either.
        if self.name == BUNDLED:
            return None
        try:
            status = path.stat()
        except OSError:
            return None
        return path, status.st_mtime_ns, status.st_size

    @property
    def is_here(self) -> bool:
        return self.name == BUNDLED or self.source is not None

    @cached_property
    def facts(self) -> "Facts | None":
        """Shape, classes and counts; None where its images are not here or cannot be read: see `problem`."""
        return self._looked[0]

    @property
    def problem(self) -> str:
        """Why its file cannot be read; empty where it can, and where there is none."""
        return self._looked[1]

    @property
    def state(self) -> State:
        if not self.is_here:
            return "absent"
        return "ready" if self.facts else "damaged"

    @property
    def shown(self) -> tuple[str, ...]:
        """The classes in its picture, in their order."""
        from app.launching import samples  # costs memory; see there

        return self.facts.classes[: samples.columns(len(self.facts.classes))[0]] if self.facts else ()

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of its picture, in pixels."""
        from app.launching import samples  # costs memory; see there

        return samples.size(self.source)

    def picture(self, config: RunConfig) -> bytes:
        """Its sample images as a PNG, plain and as `config` scrambles them. Raises DataUnavailable, DoesNotFit."""
        from app.launching import samples  # costs memory; see there

        return samples.picture(self.source, config)

    def version(self, config: RunConfig) -> str:
        """Twenty hex digits that change with the file and with whatever else the picture depends on."""
        decisive = [getattr(config, name) for name in SCRAMBLING] if config.permute else []
        return hashlib.blake2b(repr((DRAWN, self.name, self.source, decisive)).encode(), digest_size=10).hexdigest()

    @cached_property
    def _looked(self) -> "tuple[Facts | None, str]":
        from app.launching import samples  # costs memory; see there

        if not self.is_here:
            return None, ""
        try:
            return samples.facts(self.source), ""
        except DataUnavailable as error:
            return None, str(error)


def known(folder: Path) -> list[Dataset]:
    """Every data set: the built-in ones, then those of the data folder."""
    return [Dataset(name, folder) for name in (*DATASETS, *prepared(folder))]


def find(name: str, folder: Path) -> Dataset | None:
    return next((dataset for dataset in known(folder) if dataset.name == name), None)
