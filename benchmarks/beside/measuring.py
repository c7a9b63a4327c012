"""The same for every tool: install, write the history, start, compare what it answers with what was written, ask."""

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from benchmarks.asking import Answers, Question, bodies, browser, measure
from benchmarks.beside.environments import programs
from benchmarks.beside.first_view import first_views
from benchmarks.beside.history import accuracies
from benchmarks.beside.tool import ARCHITECTURES, Place, Tool
from benchmarks.installation import free_port
from benchmarks.serving import Server, started

# Long enough for MLflow's start, and for TensorBoard to read ten thousand files.
START_SECONDS = 240
SETTLE_SECONDS = 90
# Every request is for other runs, so that no cache is measured; coprime to round numbers of runs.
STRIDE = 37


class OtherNumbers(Exception):
    """A tool does not answer what was written."""


@dataclass(frozen=True)
class Effort:
    """How often is measured: starts of the page, requests of a kind, views; `seconds` is the most for one of them."""

    starts: int
    requests: int
    views: int
    seconds: float


@dataclass(frozen=True)
class Measured:
    """Of one tool: `ready` in seconds, median of the starts; `views` in milliseconds."""

    ready: float
    idle_megabytes: float
    answers: Mapping[str, Answers]
    views: Sequence[float]


def measured(tool: Tool, history: Path, runs: int, cache: Path, effort: Effort) -> Measured:
    """Raises `NotInstalled`, `DidNotStart`, `OtherNumbers`, or what the tool's writer ended with."""
    with TemporaryDirectory() as folder:
        place = Place(Path(folder), programs(tool.requirements, cache), free_port())
        tool.fill(place, history)
        ready = [_ready(tool, place) for _start in range(effort.starts - 1)]
        with _started(tool, place) as server:
            ready.append(server.ready_seconds)
            server.settle(SETTLE_SECONDS)
            idle = server.megabytes
            with browser(server.address) as client:
                _check(tool, client, history, runs)
                answers = {
                    words: measure(client, server, question, effort.requests, effort.seconds)
                    for words, question in _questions(tool, runs).items()
                }
            views = first_views(tool, server.address, effort.views, effort.seconds) if effort.views else []
            return Measured(median(ready), idle, answers, views)


def _ready(tool: Tool, place: Place) -> float:
    with _started(tool, place) as server:
        return server.ready_seconds


def _started(tool: Tool, place: Place) -> AbstractContextManager[Server]:
    command, environment = tool.command(place)
    return started(command, environment, f"http://127.0.0.1:{place.port}", "/", START_SECONDS)


def _questions(tool: Tool, runs: int) -> dict[str, Question]:
    return {
        "list": lambda number: tool.listed(ARCHITECTURES[number % len(ARCHITECTURES)]),
        "one": lambda number: tool.curves(_some(1, number, runs)),
        "twenty": lambda number: tool.curves(_some(20, number, runs)),
    }


def _some(count: int, number: int, runs: int) -> list[int]:
    """Numbers of different runs, others for each number of the request."""
    first = number * count * STRIDE
    return [1 + (first + place * STRIDE) % runs for place in range(min(count, runs))]


def _check(tool: Tool, client: httpx.Client, history: Path, runs: int) -> None:
    wanted = _some(20, 1, runs)
    found = sorted(tool.accuracies(bodies(client, tool.curves(wanted))))
    written = accuracies(history, set(wanted))
    # Some keep numbers in 32 bits.
    if len(found) != len(written) or not all(map(_close, found, written)):
        raise OtherNumbers(f"answers {len(found)} points, which are not the {len(written)} that were written")


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6)
