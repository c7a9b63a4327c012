"""Whose turn it is, from the tables: places, starts from measured epochs, what a run lacks; and the workers."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from app.lifecycle import claims, runs
from app.lifecycle.turns import turns
from app.store.database import Database
from app.store.models import Epoch, Run, Worker, now
from trainer.catalog import resolve

pytestmark = pytest.mark.both_databases

# 140 of digits' 1,437 training images are held out, and evaluated in a third of the time.
FACTS = {
    "train_images": 1297,
    "validation_images": 140,
    "test_images": 360,
    "shape": [1, 28, 28],
    "classes": [*"0123456789"],
}
EVALUATED = 1 + 140 / 1297 / 3


def submitted(database: Database, priority: int = 5, **values: Any) -> int:
    with database.write() as session:
        return runs.submit(session, resolve({"dataset": "digits"} | values), priority=priority).id or 0


def measured(session: Session, run_id: int, *seconds: float) -> None:
    """Epochs that took so long."""
    figures = dict.fromkeys(("train_loss", "train_accuracy", "learning_rate", "images_per_second"), 1.0)
    nothing = dict.fromkeys(("validation_loss", "validation_accuracy", "test_loss", "test_accuracy"))
    for epoch, took in enumerate(seconds, 1):
        session.add(Epoch(run_id=run_id, epoch=epoch, seconds=took, confusion=[], **figures, **nothing))


def worker(database: Database, name: str, **values: Any) -> None:
    with database.write() as session:
        session.add(Worker(**{"name": name, "host": "here", "pid": 1, "gpu": False, "device": "CPU"} | values))


def running(database: Database, run_id: int, by: str, *seconds: float) -> None:
    """A run that `by` trains and that has finished epochs of so many seconds."""
    with database.write() as session:
        claim = runs.claim(session, run_id, by)
        assert claim and claims.update_claimed(session, claim, epoch=len(seconds), device="cpu", facts=FACTS)
        measured(session, run_id, *seconds)


def epochs(*seconds: float) -> Any:
    """So many seconds of training, with the evaluations."""
    return pytest.approx(sum(seconds) * EVALUATED)


def turn(database: Database, run_id: int) -> tuple[int, float | None]:
    with database.read() as session:
        found = turns(session, [runs.get(session, run_id)])[run_id]
        return found.position, found.starts_in


def test_a_run_starts_when_those_before_it_are_through(database: Database) -> None:
    worker(database, "one")
    # Of the last five epochs: old slow ones say nothing any more.
    running(database, submitted(database, epochs=15), "one", *[99.0] * 6, *[2.0] * 5)
    first, second = submitted(database, epochs=3), submitted(database, epochs=1)
    assert turn(database, first) == (1, epochs(8.0))
    assert turn(database, second) == (2, epochs(14.0))
    urgent = submitted(database, priority=9, epochs=5)
    assert turn(database, urgent) == (1, epochs(8.0))
    assert turn(database, first) == (2, epochs(18.0))


def test_what_is_asked_to_stop_makes_room_at_once(database: Database) -> None:
    worker(database, "one")
    busy = submitted(database)
    running(database, busy, "one", 2.0)
    waiting = submitted(database)
    assert turn(database, waiting) == (1, epochs(18.0))
    with database.write() as session:
        runs.request_pause(session, busy)
    assert turn(database, waiting) == (1, 0.0)


@pytest.mark.parametrize(
    ("change", "starts"),
    [
        ({}, 0.0),
        ({"draining": True}, None),
        ({"heartbeat_at": now() - timedelta(minutes=10)}, None),
    ],
)
def test_only_a_living_worker_that_takes_runs_counts(
    database: Database, change: dict[str, Any], starts: float | None
) -> None:
    worker(database, "one", **change)
    assert turn(database, submitted(database)) == (1, starts)


def test_a_run_that_begins_again_or_goes_on_trains_what_is_left(database: Database) -> None:
    worker(database, "one")
    ended, behind = submitted(database, epochs=4), submitted(database)
    with database.write() as session:
        claim = runs.claim(session, ended, "one")
        assert claim and claims.update_claimed(session, claim, epoch=3, device="cpu", facts=FACTS)
        measured(session, ended, 2.0, 2.0, 2.0)
        runs.fail(session, claim, "No luck.")
        runs.retry(session, ended)
        session.add(Run(**runs.get(session, behind).model_dump(exclude={"id", "place"}), place=9.0))
    last = behind + 1
    # `behind` takes 20 s, `ended` 2 s: its last epoch.
    assert turn(database, last) == (3, epochs(22.0))


def test_nobody_knows_when_a_run_starts_that_no_worker_may_take(database: Database) -> None:
    run_id = submitted(database, device="cuda")
    worker(database, "laptop")
    assert turn(database, run_id) == (1, None)
    worker(database, "lab", gpu=True)
    assert turn(database, run_id) == (1, 0.0)


def test_the_queue_is_listed_in_its_order(api: httpx.Client, database: Database) -> None:
    usual, urgent, taken = (submitted(database, priority) for priority in (5, 9, 7))
    with database.write() as session:
        runs.claim(session, taken, "somebody")
    found = api.get("/api/queue", params={"limit": 1}).json()
    assert ([run["id"] for run in found["runs"]], found["total"]) == ([urgent], 2)
    assert [run["queue_position"] for run in api.get("/api/queue").json()["runs"]] == [1, 2]
    assert api.get(f"/api/runs/{taken}").json()["queue_position"] is None
    assert api.get(f"/api/runs/{usual}").json()["queue_position"] == 2


def test_a_list_costs_no_more_queries_the_more_runs_wait(api: httpx.Client, database: Database) -> None:
    del api  # its tables
    worker(database, "one")
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def questions() -> int:
        with database.read() as session:
            listed = session.exec(select(Run)).all()
            asked.clear()
            assert len(turns(session, listed)) == len(listed)
        return len(asked)

    submitted(database)
    of_one = questions()
    for _ in range(9):
        submitted(database)
    assert questions() == of_one <= 6


def test_workers_say_what_they_are_and_are_drained(api: httpx.Client, database: Database) -> None:
    assert api.get("/api/workers").json() == []
    run_id = submitted(database)
    worker(database, "old", heartbeat_at=now() - timedelta(hours=1))
    worker(database, "zoe", gpu=True, device="H100", memory_total=80 * 2**30, utilisation=0.5, run_id=run_id)
    zoe, old = api.get("/api/workers").json()
    assert (zoe["name"], zoe["alive"], zoe["gpu"], zoe["memory_total"]) == ("zoe", True, True, 85_899_345_920)
    assert (zoe["run_id"], zoe["utilisation"], zoe["draining"]) == (run_id, 0.5, False)
    assert (old["name"], old["alive"]) == ("old", False)
    assert api.post("/api/workers/zoe/drain").json()["draining"] is True
    assert api.get("/api/workers").json()[0]["draining"] is True
    assert api.post("/api/workers/zoe/undrain").json()["draining"] is False
    missing = api.post("/api/workers/zo%C3%AB/drain")
    assert missing.status_code == 404
    assert "zoë" in missing.json()["detail"] and "old" in missing.json()["detail"]
