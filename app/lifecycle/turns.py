"""Whose turn it is: the place of every queued run, and when it is expected to start."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import union
from sqlmodel import Session, col, select

from app.language import describe
from app.lifecycle import workers
from app.lifecycle.estimates import Machine, Waiting, starts
from app.lifecycle.pace import Measured, Pace
from app.lifecycle.queue_order import ORDER
from app.store.models import PRIORITY, Epoch, Run, RunStatus, Worker

# So far down the queue an estimate is worth something; what waits behind it has a place and no time.
HORIZON = 200
# The newest runs of the same architectures and of any, and the last epochs of each, tell how long an epoch takes.
TOLD_BY_RUNS, TOLD_BY_EPOCHS = 20, 5


@dataclass(frozen=True)
class Turn:
    """A queued run's place (1 is next), and the seconds until it starts, if known."""

    position: int
    starts_in: float | None = None


def turns(session: Session, found: Iterable[Run]) -> dict[int, Turn]:
    """Of the runs in `found` that are queued; in six queries however many there are, and none without any."""
    asked = {run.id for run in found if run.status == RunStatus.QUEUED}
    if not asked:
        return {}
    queue = [run_id for run_id, _ in _queued(session)]
    expected = _expected(session, queue[:HORIZON])
    return {run_id: Turn(place, expected.get(run_id)) for place, run_id in enumerate(queue, 1) if run_id in asked}


def imagined(session: Session, runs: Sequence[tuple[bool, float | None]]) -> list[Turn]:
    """The turns that runs would have if they were launched now, one after the other; of each whether it needs a GPU,
    and how many seconds it trains, if known."""
    queue = [run_id for run_id, priority in _queued(session) if priority >= PRIORITY]
    # No run has such a number.
    new = [Waiting(-number, needs_gpu, seconds) for number, (needs_gpu, seconds) in enumerate(runs, 1)]
    expected = _expected(session, queue, new) if len(queue) < HORIZON else {}
    return [Turn(len(queue) + number, expected.get(-number)) for number in range(1, len(runs) + 1)]


def takers(session: Session) -> list[Worker]:
    """The workers that take runs."""
    return [worker for worker in workers.alive(session) if not worker.draining]


def pace(session: Session, architectures: Iterable[str], by: Sequence[Worker]) -> Pace:
    """How fast these workers train such networks, told by the newest runs whose epochs were timed."""
    newest = select(Run.id).where(Run.epoch > 0).order_by(col(Run.id).desc()).limit(TOLD_BY_RUNS)
    asked = [newest, *(newest.where(Run.architecture == name) for name in sorted(set(architectures)))]
    ids = union(*(select(one.subquery().c.id) for one in asked))
    columns = (col(Run.id), col(Run.config), col(Run.facts), col(Run.device))
    rows = session.exec(select(*columns).where(col(Run.id).in_(ids)).order_by(col(Run.id).desc())).all()
    seconds = _seconds(session, [row[0] for row in rows])
    timed = (row for row in rows if seconds[row[0]] and row[2].get("train_images"))
    return Pace((Measured.of(*row, seconds[row[0]]) for row in timed), by)  # type: ignore[arg-type]


def _queued(session: Session) -> Sequence[tuple[int, int]]:
    """Id and priority of every queued run, the next one first."""
    found = session.exec(select(Run.id, Run.priority).where(Run.status == RunStatus.QUEUED).order_by(*ORDER))
    return [(run_id or 0, priority) for run_id, priority in found]


def _expected(session: Session, queue: Sequence[int], behind: Sequence[Waiting] = ()) -> dict[int, float]:
    """Run id -> seconds until it starts, with those `behind` at the end of the queue."""
    there = takers(session)
    if not there:
        return {}
    columns = (Run.id, Run.config, Run.device_wanted, Run.epochs, Run.epoch, Run.start_over)
    waiting = {row[0]: row for row in session.exec(select(*columns).where(col(Run.id).in_(queue)))}  # type: ignore[call-overload]
    running = session.exec(select(Run).where(Run.status == RunStatus.RUNNING)).all()
    architectures = {row[1]["architecture"] for row in waiting.values()} | {run.architecture for run in running}
    speed = pace(session, architectures, there)
    busy = {run.worker: _seconds_left(run, speed) for run in running}
    free = (Machine(worker.gpu, busy.get(worker.name, 0.0)) for worker in there)
    before = [_waiting(waiting[run_id], speed) for run_id in queue if run_id in waiting]
    return starts([*before, *behind], free)


def _waiting(row: Any, speed: Pace) -> Waiting:
    run_id, config, device, epochs, done, start_over = row
    return Waiting(run_id, device == "cuda", speed.seconds(config, epochs if start_over else epochs - done))


def _seconds_left(run: Run, speed: Pace) -> float | None:
    if run.cancel_requested_at or run.pause_requested_at:
        return 0.0
    left = describe.seconds_left(run)
    return speed.seconds(run.config, run.epochs - run.epoch) if left is None else left


def _seconds(session: Session, ids: Sequence[int | None]) -> dict[int | None, list[float]]:
    """Run id -> what its last epochs took."""
    last = select(Epoch.run_id, Epoch.seconds).join(Run).where(col(Run.id).in_(ids))
    seconds: dict[int | None, list[float]] = {run_id: [] for run_id in ids}
    for run_id, took in session.exec(last.where(Epoch.epoch > Run.epoch - TOLD_BY_EPOCHS)):
        seconds[run_id].append(took)
    return seconds
