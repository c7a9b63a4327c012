"""The control plane beyond one machine: how many runs, workers and events one web process, database and broker carry.

    python -m benchmarks.control_plane [--runs 1000] [--workers 100] [--epochs 5] [--steps 4] [--interval 1.0]
                                       [--database URL | sqlite] [--processes 4] [--listeners 3]

Everything is real, the trainings excepted, whose events are replayed, one every `interval` seconds of each worker. The
default database is an empty one on the PostgreSQL of the tests (EPOCHYARD_TEST_POSTGRES_URL). All parts share this
machine, so their processor seconds tell more than the rates do where it is too small for all of them.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import make_url
from sqlmodel import col, func, select

from app.processes.broker import Broker
from app.settings import Settings
from app.store.database import Database
from app.store.models import Event, Run, RunStatus
from benchmarks import replay
from benchmarks.installation import database_url, free_port, until, web
from benchmarks.listening import Listener
from benchmarks.load import Load, backends

SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
# People and scripts that submit at the same time.
SUBMITTERS = 8
BODY = {"architecture": "lenet", "dataset": "digits"}


@dataclass(frozen=True)
class Measured:
    """What was seen from the first claim to the last result."""

    submissions: float  # a second
    claims: float  # a second, while workers were free
    events: float  # a second
    stretch: float  # of the time that the replays alone would take
    seconds: float
    delays: list[float]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 1000), ("workers", 100), ("epochs", 5), ("steps", 4)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between a worker's events")
    parser.add_argument("--processes", type=int, default=4, help="that the workers are threads of")
    parser.add_argument("--listeners", type=int, default=3)
    parser.add_argument("--database", default=os.environ.get("EPOCHYARD_TEST_POSTGRES_URL", SERVER))
    return parser.parse_args()


def submit(address: str, count: int, epochs: int) -> float:
    """Submissions a second, one HTTP request each."""
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(SUBMITTERS) as pool:
        began = time.monotonic()
        answers = list(pool.map(lambda _: client.post("/api/runs", json=BODY | {"epochs": epochs}), range(count)))
        seconds = time.monotonic() - began
    for answer in answers:
        answer.raise_for_status()
    return count / seconds


def measure(database: Database, submissions: float, delays: list[float], wanted: argparse.Namespace) -> Measured:
    """The rates, from the time stamps of the events themselves."""
    with database.read() as session:
        claimed = select(Event.created_at).where(
            Event.kind == "status", col(Event.payload)["status"].as_string() == "running"
        )
        claims = session.exec(claimed.order_by(col(Event.id))).all()
        count = session.exec(select(func.count()).select_from(Event)).one()
        end = session.exec(select(Run.finished_at).order_by(col(Run.finished_at).desc())).first()
    assert end is not None  # all have finished
    first = claims[: min(wanted.workers, wanted.runs)]
    seconds = (end - claims[0]).total_seconds()
    rounds = -(-wanted.runs // wanted.workers)
    alone = rounds * (wanted.epochs * (wanted.steps + 1) + 1) * wanted.interval
    burst = max((first[-1] - first[0]).total_seconds(), 1e-3)
    return Measured(submissions, len(first) / burst, (count - wanted.runs) / seconds, seconds / alone, seconds, delays)


def main() -> None:
    wanted = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what it has started ends with it
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(database_url(wanted.database))
        broker = None
        if (broker_url := os.environ.get("EPOCHYARD_BROKER_URL")) is None:
            broker = Broker(home / "broker")
            broker.start()
            stack.callback(broker.stop)
            broker_url = broker.url
        settings = Settings(home=home, port=free_port(), database_url=url, broker_url=broker_url)
        address, web_pid = stack.enter_context(web(settings))
        database = Database(settings.database)
        stack.callback(database.close)
        listeners = [Listener(address) for _ in range(wanted.listeners)]
        submissions = submit(address, wanted.runs, wanted.epochs)
        print(f"submitted {wanted.runs} runs", flush=True)
        start = multiprocessing.get_context("spawn").Process
        each = [len(range(place, wanted.workers, wanted.processes)) for place in range(wanted.processes)]
        workers = [
            start(
                target=replay.work,
                args=(settings, f"bench-{place}", count, wanted.steps, wanted.interval),
                daemon=True,
            )
            for place, count in enumerate(each)
            if count
        ]
        name = make_url(url).database if url else None
        load = Load(
            {
                "web": lambda: [web_pid],
                "workers": lambda: [process.pid for process in workers if process.pid],
                "broker": lambda: [broker.process.pid] if broker and broker.process else [],
                "database": lambda: backends(name) if name else [],
            },
            url,
        )
        for process in workers:
            process.start()
        until(lambda: ended(database) == wanted.runs)
        load.stop()
        until(lambda: all(listener.heard >= newest(database) for listener in listeners))
        for listener in listeners:
            listener.stop()
        for process in workers:
            process.kill()
            process.join()
        delays = [delay for listener in listeners for delay in listener.delays]
        report(measure(database, submissions, delays, wanted), load, url)


def ended(database: Database) -> int:
    time.sleep(1)
    with database.read() as session:
        return session.exec(select(func.count()).where(Run.status == RunStatus.FINISHED)).one()


def newest(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.max(Event.id))).one() or 0


def report(found: Measured, load: Load, url: str | None) -> None:
    rows = [
        ("submissions", f"{found.submissions:.0f} a second, from {SUBMITTERS} clients"),
        ("claims", f"{found.claims:.0f} a second, while workers were free"),
        ("events", f"{found.events:.0f} a second for {found.seconds:.0f} s"),
        ("runs took", f"{found.stretch:.2f} times what the replays alone take"),
    ]
    if found.delays:
        ordered = sorted(found.delays)
        half, most = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95))
        rows.append(("event to listener", f"p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms (n = {len(ordered)})"))
    cores = os.cpu_count() or 1
    parts = {part: load.seconds(part) for part in ("web", "workers", "broker", "database")}
    for part, seconds in parts.items():
        rows.append((part, f"{seconds:.1f} processor seconds, {seconds / load.elapsed:.2f} cores"))
    rows.append(("this machine", f"{load.machine / load.elapsed:.2f} of {cores} cores busy, others' work included"))
    if url:
        waits = ", ".join(f"{name} {count / load.samples:.1f}" for name, count in load.waits.most_common(5))
        rows.append(("connections at work", f"{waits or 'none'} (mean number)"))
    width = max(len(name) for name, _ in rows)
    print("\n".join(f"{name:<{width}}  {value}" for name, value in rows))


if __name__ == "__main__":
    main()
