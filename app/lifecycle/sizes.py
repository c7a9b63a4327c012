"""What a network is given: the shape of a data set's images and how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.catalog import DATASETS
from trainer.config import RunConfig


@dataclass(frozen=True)
class Sizes:
    """Images (channels, height, width), how many classes, and the images of each split; of the training split by
    class, where that is known."""

    shape: tuple[int, int, int]
    classes: int
    train_images: int
    test_images: int
    counts: tuple[int, ...] = ()

    @classmethod
    def built_in(cls, dataset: str) -> "Sizes | None":
        """From the catalogue; None for a file that somebody put into the data folder."""
        if dataset not in DATASETS:
            return None
        info = DATASETS[dataset]
        return cls(info.shape, len(info.classes), info.train_images, info.test_images)

    @classmethod
    def told(cls, facts: Mapping[str, Any]) -> "Sizes | None":
        """From what a training told when it started (Run.facts); None where an older version told less."""
        try:
            train_images = facts["train_images"] + facts["validation_images"]
            return cls(tuple(facts["shape"]), len(facts["classes"]), train_images, facts["test_images"])
        except KeyError:
            return None

    def held(self, fraction: float) -> int:
        """Training images that are held out to choose the best checkpoint on: a share of every class."""
        counts = self.counts or (self.train_images / self.classes,) * self.classes
        return sum(round(count * fraction) for count in counts)

    def trained(self, config: RunConfig) -> int:
        """Images that an epoch trains on."""
        return self.train_images - self.held(config.validation_fraction)

    def evaluated(self, config: RunConfig) -> int:
        """Images that are evaluated after every epoch."""
        held = self.held(config.validation_fraction)
        return held + (self.test_images if config.watch_test or not held else 0)
