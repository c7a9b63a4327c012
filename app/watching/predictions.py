"""What a run's best checkpoint took the test images for, as its trainer left it in predictions.zip."""

import io
import json
import logging
import zipfile
from dataclasses import dataclass

from app.language.describe import under_way
from app.settings import Settings
from app.store.artifacts import open_file
from app.store.models import Run
from trainer.config import ConfigError

log = logging.getLogger(__name__)

NAME = "predictions.zip"


@dataclass(frozen=True)
class Prediction:
    """One test image by its place in the split; classes by their places in the run's list, a probability of 0..1."""

    index: int
    true: int
    predicted: int
    probability: float
    # Whether there is a picture of it.
    pictured: bool


class Predictions:
    """All predictions of a tested run, and some of their images. Raises BadZipFile or KeyError for any other file."""

    def __init__(self, content: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        self._pictures = frozenset(self._archive.namelist())
        table = json.loads(self._archive.read("predictions.json"))
        self.epoch: int = table["epoch"]
        self.classes: list[str] = table["classes"]
        self._true: list[int] = table["true"]
        self._predicted: list[int] = table["predicted"]
        self._probability: list[float] = table["probability"]

    @classmethod
    def of(cls, settings: Settings, run: Run) -> "Predictions | None":
        """None before the test, and of a run that kept none."""
        # Without its matrix in the database, what lies there is not (or not yet) this attempt's.
        if not run.confusion or (file := open_file(settings, run, NAME)) is None:
            return None
        try:
            with file:
                return cls(file.read())
        except (zipfile.BadZipFile, KeyError, ValueError):
            log.warning("run %s: its %s cannot be read", run.id, NAME, exc_info=True)
            return None

    def __getitem__(self, index: int) -> Prediction:
        figures = self._true[index], self._predicted[index], self._probability[index]
        return Prediction(index, *figures, pictured=_picture(index) in self._pictures)

    def mistakes(self, true: int | None = None, predicted: int | None = None) -> list[int]:
        """Indices, the most confident one first; of one class, or of what was taken for one, where that is given."""
        found = [
            index
            for index, (is_one, looks_like) in enumerate(zip(self._true, self._predicted, strict=True))
            if is_one != looks_like and true in (None, is_one) and predicted in (None, looks_like)
        ]
        return sorted(found, key=lambda index: -self._probability[index])

    def hits(self, true: int) -> list[int]:
        """Indices of the images of a class that were taken for what they are, the least confident one first."""
        pairs = enumerate(zip(self._true, self._predicted, strict=True))
        return sorted((index for index, pair in pairs if pair == (true, true)), key=self._probability.__getitem__)

    def picture(self, index: int) -> bytes | None:
        """The test image as PNG, with its pixels in place; None where none was kept."""
        name = _picture(index)
        return self._archive.read(name) if name in self._pictures else None

    def place(self, field: str, given: str) -> int:
        """The class with this name, or else this number. Raises ConfigError that names `field`."""
        if given in self.classes:
            return self.classes.index(given)
        if given.isdecimal() and int(given) < len(self.classes):
            return int(given)
        raise ConfigError({field: f"{given!r} is no class of this run; known are {', '.join(self.classes)}"})


def absence(run: Run) -> str:
    """Why a run has no predictions, for people."""
    if under_way(run):
        return f"Run {run.id} has no predictions yet; its best checkpoint is tested when its training ends."
    if not run.confusion:
        return f"Run {run.id} has no predictions: its best checkpoint was never tested."
    return f"Run {run.id} has no predictions: its files hold none, as those of older versions."


def _picture(index: int) -> str:
    return f"images/{index}.png"
