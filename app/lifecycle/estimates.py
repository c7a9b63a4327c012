"""When each waiting run starts: the workers' next minutes played through in thought."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A queued run: whether only a worker with a GPU may take it, and how many seconds it will train, if known."""

    id: int
    needs_gpu: bool
    seconds: float | None


@dataclass(frozen=True)
class Machine:
    """A worker that takes runs; `free_in` seconds from now, None where nobody can tell."""

    gpu: bool
    free_in: float | None


def starts(queue: Iterable[Waiting], machines: Iterable[Machine]) -> dict[int, float]:
    """Run id -> seconds until it starts; a run of which nothing can be said is left out.

    `queue` is in order. A free worker takes the first run that it may train, as runs.claim_next does; one that
    takes a run of unknown length is not counted on any more, so that what comes later starts at the latest then.
    """
    left = list(queue)
    free = [(machine.free_in, machine.gpu) for machine in machines if machine.free_in is not None]
    heapq.heapify(free)
    found: dict[int, float] = {}
    while free and left:
        time, gpu = heapq.heappop(free)
        place = next((place for place, run in enumerate(left) if gpu or not run.needs_gpu), None)
        if place is None:
            continue
        run = left.pop(place)
        found[run.id] = time
        if run.seconds is not None:
            heapq.heappush(free, (time + run.seconds, gpu))
    return found
