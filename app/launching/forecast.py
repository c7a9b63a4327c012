"""What a run will be, before it is launched: its size, its steps, about how long it takes, its place in the queue."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.launching import sizes
from app.lifecycle.pace import Pace, able
from app.lifecycle.sizes import Sizes
from app.lifecycle.submissions import checked
from app.lifecycle.turns import imagined, pace, takers
from app.store.models import Worker
from trainer.anatomy import anatomy, flops, parameters
from trainer.catalog import resolve
from trainer.config import RunConfig
from trainer.schedules import SAMPLES, sampled

EXAMPLE: dict[str, Any] = {
    "config": {"architecture": "lenet", "dataset": "mnist", "epochs": 10},
    "parameters": 61706,
    "flops": 833040,
    "steps_per_epoch": 844,
    "steps": 8440,
    "seconds": 42.5,
    "measured": True,
    "like_run": 12,
    "queue_position": 1,
}


class Forecast(BaseModel):
    """A run that is not there yet. What depends on images that nobody can look at here is null."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    config: dict[str, Any] = Field(description="The whole configuration, defaults filled in.")
    parameters: int | None
    flops: int | None = Field(description="Of one image's forward pass; a multiplication and an addition are two.")
    train_images: int | None = Field(description="Without those held out for validation.")
    steps_per_epoch: int | None
    steps: int | None = Field(description="Optimiser steps in all.")
    seconds: float | None = Field(description="About how long it trains; null when nothing like it was measured.")
    measured: bool | None = Field(
        description="Whether `seconds` is from epochs of runs like it. False: from the nearest run's, by arithmetic."
    )
    like_run: int | None = Field(description="The run that `seconds` is told from, or the newest of several.")
    device: str | None = Field(description="The workers that may take it; null without any.")
    queue_position: int = Field(description="Where it would stand if it was launched now; 1 is the next one.")
    starts_in_seconds: float | None
    learning_rate: list[float] = Field(description=f"At {SAMPLES} points from the first step to the last.")


class Forecaster:
    """Looks ahead for several runs at once, in a few queries however many there are."""

    def __init__(self, session: Session, data_folder: Path) -> None:
        self._session, self._folder = session, data_folder
        self._workers = takers(session)
        self._sizes: dict[str, Sizes | None] = {}

    def each(self, settings: Sequence[dict[str, Any]]) -> list[Forecast]:
        """In the order in which they would be launched. Raises ConfigError for the first that cannot be trained."""
        configs = [checked(resolve(values), self._folder) for values in settings]
        speed = pace(self._session, {config.architecture for config in configs}, self._workers)
        found = [self._of(config, speed) for config in configs]
        asked = [(one.config["device"] == "cuda", one.seconds) for one in found]
        for one, turn in zip(found, imagined(self._session, asked), strict=True):
            one.queue_position, one.starts_in_seconds = turn.position, turn.starts_in
        return found

    def sizes(self, dataset: str) -> Sizes | None:
        if dataset not in self._sizes:
            self._sizes[dataset] = sizes.sizes(dataset, self._folder)
        return self._sizes[dataset]

    def _of(self, config: RunConfig, speed: Pace) -> Forecast:
        known: dict[str, Any] = dict.fromkeys(Forecast.model_fields)
        known |= {"config": config.as_dict(), "learning_rate": sampled(config)}
        known |= {"device": _device(config, self._workers), "queue_position": 0}
        if size := self.sizes(config.dataset):
            sizes.check(config, size)
            known |= _work(config, size, speed)
        return Forecast(**known)


def _work(config: RunConfig, size: Sizes, speed: Pace) -> dict[str, Any]:
    layers = anatomy(config, size.shape, size.classes)
    steps = ceil(size.trained(config) / config.batch_size)
    told = speed.estimate(config, size)
    return {
        "parameters": parameters(layers),
        "flops": flops(layers),
        "train_images": size.trained(config),
        "steps_per_epoch": steps,
        "steps": steps * config.epochs,
        "seconds": told and told.seconds * config.epochs,
        "measured": told and told.alike,
        "like_run": told and told.run,
    }


def _device(config: RunConfig, workers: Sequence[Worker]) -> str | None:
    """What the run would be trained on, as far as those who may say."""
    those = [worker for worker in workers if able(worker, config)]
    names = dict.fromkeys("CPU" if config.device == "cpu" else worker.device for worker in those)
    return " / ".join(names) or None
