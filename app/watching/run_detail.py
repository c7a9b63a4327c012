"""A run with its history, as its charts and its page need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from app.statistics.optimism import selection
from app.store.models import Epoch, Run, Step
from app.watching.clock import Clock


@dataclass(frozen=True)
class RunDetail:
    """A run with its history; `reference` has the course's rows for the same architecture and data set, if any."""

    run: Run
    epochs: Sequence[Epoch]
    steps: Sequence[Step] = ()
    # Keys: epoch, train_loss, train_accuracy, test_loss, test_accuracy; accuracies as fractions.
    reference: Sequence[Mapping[str, Any]] = ()
    clock: Clock = field(default_factory=Clock)

    @property
    def selection(self) -> str:
        """The split that chooses the best checkpoint: "validation" or "test"."""
        return selection(self.run)

    @property
    def classes(self) -> list[str]:
        """The classes' names, as far as the run has told them."""
        return [str(name) for name in self.run.facts.get("classes", ())]

    @property
    def confusion(self) -> list[list[int]] | None:
        """Of the best checkpoint on the test split; before the end that of the latest epoch."""
        return self.run.confusion or (self.epochs[-1].confusion if self.epochs else None)

    @property
    def images(self) -> int | None:
        """How many images the selection split has; None until the run has told."""
        return self.run.facts.get(f"{self.selection}_images") or None

    def seconds(self) -> list[float | None]:
        """Wall time of each epoch's end since the training began; without the events that tell it, time in training."""
        if self.clock.began is None:
            return list(accumulate(row.seconds for row in self.epochs))
        return [self.clock.epochs.get(row.epoch) for row in self.epochs]

    def step_seconds(self) -> list[float | None]:
        """Likewise of each step report; None where no event tells it."""
        return [self.clock.steps.get((row.epoch, row.step)) for row in self.steps]

    def positions(self) -> list[float]:
        """Where the step reports lie on the epoch axis."""
        steps_per_epoch = self.run.facts.get("steps_per_epoch") or 1
        return [row.epoch - 1 + row.step / steps_per_epoch for row in self.steps]
