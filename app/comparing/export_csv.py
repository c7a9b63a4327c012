"""A comparison's numbers for a spreadsheet: a line a run and epoch, or a line a run or group."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from app.comparing.outcome import Line, Outcome
from app.statistics.deltas import Delta
from app.statistics.spread import Spread
from app.watching.histories import FIGURES

# What makes a spreadsheet take a text for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
SPREAD = ("mean", "sd", "low", "high", "n")
SUMMARY = [
    *("run", "name", "runs", "finished", "parameters", "seconds", "best_epoch"),
    *(f"{figure}_{part}" for figure in ("best", "test", "last") for part in SPREAD),
    *(f"{figure}{part}" for figure in ("best_less_last", "less_baseline") for part in ("", "_low", "_high")),
]


def epochs(outcome: Outcome) -> Iterator[str]:
    """Accuracies as fractions; `group` is what a run is put together with, and `run` its number."""
    rows = (
        [run.id, run.name, line.label, *figures[1:]]
        for line in outcome.lines
        for run in line.runs
        for figures in outcome.comparison.epochs[run.id or 0]
    )
    return _written([["run", "name", "group", *FIGURES]], rows)


def summary(outcome: Outcome) -> Iterator[str]:
    """Means over the runs of each line; `run` is the line's first. The test accuracy's interval is the page's: of one
    run alone it is over the images."""
    return _written([SUMMARY], map(_summed, outcome.ranked()))


def _summed(line: Line) -> list[Any]:
    means = [one.mean if one else None for one in (line.parameters, line.seconds, line.best_epoch)]
    best, test, last = (dict(zip(SPREAD, _spread(one), strict=True)) for one in (line.best, line.test, line.last))
    test["low"], test["high"] = line.interval or (None, None)
    spreads = [*best.values(), *test.values(), *last.values()]
    deltas = [value for one in (line.gap, line.delta) for value in _delta(one)]
    return [line.id, line.label, len(line.runs), line.finished, *means, *spreads, *deltas]


def _spread(one: Spread | None) -> list[Any]:
    return [getattr(one, part) if one else None for part in SPREAD]


def _delta(one: Delta | None) -> list[Any]:
    return [one.value, one.low, one.high] if one else [None] * 3


def _written(*parts: Iterable[Sequence[Any]]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    for rows in parts:
        for row in rows:
            writer.writerow([_harmless(value) for value in row])
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()


def _harmless(value: Any) -> Any:
    """A name may be anybody's; with an apostrophe in front a spreadsheet shows it and computes nothing."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
