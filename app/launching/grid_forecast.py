"""What the runs of a grid will be, taken together, and the first few of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.launching.forecast import Forecast, Forecaster
from app.launching.grids import Grid

# As many as a person reads before launching.
SHOWN = 5

# The fewest and the most of several runs; None where it is not known of all.
Range = tuple[int, int] | None


class GridForecast(BaseModel):
    """Runs that are not there yet; sums and ranges (the fewest and the most) are of all of them, null where it is not
    known of one."""

    count: int
    parameters: Range
    flops: Range = Field(description="Of one image's forward pass.")
    steps_per_epoch: Range
    steps: int | None = Field(description="Optimiser steps in all.")
    seconds: float | None = Field(description="Training in all, however many workers share it.")
    measured: bool | None = Field(description="Whether every one's time is from epochs of runs like it.")
    like_run: int | None = Field(description="The run that the least certain of the times is told from.")
    done_in_seconds: float | None = Field(description="When the last of them ends, from the queue played through.")
    first: list[Forecast] = Field(description=f"The first {SHOWN}.")
    own: list[dict[str, Any]] = Field(description="What each of the first has of its own.")


def look_ahead(session: Session, data_folder: Path, grid: Grid) -> GridForecast:
    """Raises ConfigError naming every setting that cannot be."""
    grid.check()
    found = Forecaster(session, data_folder).each(list(grid.runs()))
    seconds, steps = _all(one.seconds for one in found), _all(one.steps for one in found)
    ends = _all(map(_end, found))
    least = min(found, key=lambda one: (None, False, True).index(one.measured))
    return GridForecast(
        count=len(found),
        parameters=_range(one.parameters for one in found),
        flops=_range(one.flops for one in found),
        steps_per_epoch=_range(one.steps_per_epoch for one in found),
        steps=int(sum(steps)) if steps else None,
        seconds=sum(seconds) if seconds else None,
        measured=least.measured,
        like_run=least.like_run,
        done_in_seconds=max(ends) if ends else None,
        first=found[:SHOWN],
        own=list(grid.combinations())[:SHOWN],
    )


def _end(one: Forecast) -> float | None:
    known = one.starts_in_seconds is not None and one.seconds is not None
    return (one.starts_in_seconds or 0.0) + (one.seconds or 0.0) if known else None


def _all(values: Iterable[float | None]) -> Sequence[float]:
    """The values, or none where one is not known."""
    given = list(values)
    known = [value for value in given if value is not None]
    return known if len(known) == len(given) else []


def _range(values: Iterable[int | None]) -> Range:
    known = _all(values)
    return (int(min(known)), int(max(known))) if known else None
