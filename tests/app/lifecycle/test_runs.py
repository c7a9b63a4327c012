"""Every action on every status: what it does, or the reason why it is refused with nothing changed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.language.describe import elapsed
from app.lifecycle import claims, queue_order, runs
from app.lifecycle.claims import Claim
from app.store.database import Database
from app.store.models import Event, Run, RunStatus, now
from trainer.catalog import resolve

pytestmark = pytest.mark.both_databases

QUEUED, RUNNING, PAUSED = RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED
FINISHED, FAILED, CANCELLED = RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED


def submitted(database: Database, **values: Any) -> int:
    with database.write() as session:
        settings = {"dataset": "digits", "device": values.pop("device", "auto")}
        return runs.submit(session, resolve(settings), **values).id or 0


def brought_to(database: Database, status: RunStatus) -> int:
    """A run that reached this status on the ordinary way."""
    run_id = submitted(database)
    with database.write() as session:
        if status == PAUSED:
            runs.request_pause(session, run_id)
        elif status != QUEUED:
            claim = runs.claim(session, run_id, "a worker")
            assert claim
            ends: dict[RunStatus, Callable[[], object]] = {
                FINISHED: lambda: runs.finish(session, claim),
                FAILED: lambda: runs.fail(session, claim, "The loss became nan."),
                CANCELLED: lambda: runs.cancelled(session, claim),
            }
            ends.get(status, lambda: None)()
    return run_id


def read(database: Database, run_id: int) -> Run:
    with database.read() as session:
        return runs.get(session, run_id)


def history(database: Database, run_id: int) -> list[str]:
    with database.read() as session:
        events = session.exec(select(Event).where(Event.run_id == run_id).order_by(col(Event.id)))
        return [f"{event.payload.get('status', event.kind)}: {event.payload.get('cause')}" for event in events]


ACTIONS: dict[str, Callable[[Session, int], Any]] = {
    "cancel": runs.request_cancel,
    "pause": runs.request_pause,
    "resume": runs.resume,
    "retry": runs.retry,
    "prioritise": lambda session, run_id: queue_order.prioritise(session, run_id, 9),
    "move": lambda session, run_id: queue_order.move(session, run_id, -1),
    "delete": runs.delete,
}
# What is possible, and the status that follows; everything else is refused.
POSSIBLE = {
    ("cancel", QUEUED): CANCELLED,
    ("cancel", RUNNING): RUNNING,
    ("cancel", PAUSED): CANCELLED,
    ("pause", QUEUED): PAUSED,
    ("pause", RUNNING): RUNNING,
    ("resume", PAUSED): QUEUED,
    ("retry", FAILED): QUEUED,
    ("retry", CANCELLED): QUEUED,
    ("prioritise", QUEUED): QUEUED,
    ("prioritise", PAUSED): PAUSED,
    ("move", QUEUED): QUEUED,
} | {("delete", status): None for status in RunStatus if status != RUNNING}


@pytest.mark.parametrize("status", RunStatus)
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_done_or_refused_with_a_reason(database: Database, action: str, status: RunStatus) -> None:
    run_id = brought_to(database, status)
    before = read(database, run_id), history(database, run_id)
    if (action, status) in POSSIBLE:
        with database.write() as session:
            ACTIONS[action](session, run_id)
        if (expected := POSSIBLE[action, status]) is None:
            with pytest.raises(runs.UnknownRun):
                read(database, run_id)
        else:
            assert read(database, run_id).status == expected
        return
    with pytest.raises(runs.Impossible, match=f"^Run {run_id} ") as caught, database.write() as session:
        ACTIONS[action](session, run_id)
    assert "{" not in str(caught.value)
    assert (read(database, run_id), history(database, run_id)) == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_run_that_is_not_there_is_named(database: Database, action: str) -> None:
    with pytest.raises(runs.UnknownRun, match="no run 41"), database.write() as session:
        ACTIONS[action](session, 41)


def test_the_history_tells_every_change_with_its_cause(database: Database) -> None:
    run_id = brought_to(database, FAILED)
    with database.write() as session:
        runs.retry(session, run_id)
        runs.request_pause(session, run_id)
        queue_order.prioritise(session, run_id, 7)
        runs.resume(session, run_id)
        runs.request_cancel(session, run_id)
    assert history(database, run_id) == [
        "queued: submitted",
        "running: claimed by a worker",
        "failed: The loss became nan.",
        "queued: retried from its last checkpoint",
        "paused: paused while queued",
        "queue: priority 7",
        "queued: resumed",
        "cancelled: cancelled while queued",
    ]


def test_a_finished_run_says_that_it_can_be_cloned(database: Database) -> None:
    run_id = brought_to(database, FINISHED)
    with pytest.raises(runs.Impossible) as caught, database.write() as session:
        runs.retry(session, run_id)
    assert str(caught.value) == f"Run {run_id} has finished; clone it to run it again."


def test_the_wish_to_pause_a_running_run_can_be_withdrawn(database: Database) -> None:
    run_id = brought_to(database, RUNNING)
    with database.write() as session:
        assert runs.request_pause(session, run_id).pause_requested_at
        assert runs.resume(session, run_id).pause_requested_at is None
    assert read(database, run_id).status == RUNNING


def test_a_retried_run_is_as_good_as_new_and_last_in_the_queue(database: Database) -> None:
    run_id = brought_to(database, CANCELLED)
    other = submitted(database)
    with database.write() as session:
        run = runs.retry(session, run_id, start_over=True)
        assert (run.error, run.finished_at, run.cancel_requested_at, run.deaths) == (None, None, None, 0)
        assert [run.id for run in queue_order.waiting(session)] == [other, run_id]
        runs.claim_next(session, "a worker", gpu=False)
        claim = runs.claim_next(session, "a worker", gpu=False)
    assert claim and claim.run_id == run_id and claim.start_over and claim.attempt == 2


def died(database: Database, run_id: int) -> RunStatus | None:
    with database.write() as session:
        claim = runs.claim(session, run_id, "a worker")
        assert claim
        return runs.died(session, claim, "the training was killed by signal 9", "Lower batch_size.")


def test_a_run_that_dies_three_times_without_a_new_epoch_fails(database: Database) -> None:
    run_id = submitted(database)
    assert [died(database, run_id) for _ in range(3)] == [QUEUED, QUEUED, FAILED]
    assert read(database, run_id).error == (
        "The training was killed by signal 9, 3 times in a row without finishing another epoch. Lower batch_size."
    )
    with database.write() as session:
        runs.retry(session, run_id)
    assert died(database, run_id) == QUEUED


@pytest.mark.parametrize(("ask", "status"), [(runs.request_cancel, CANCELLED), (runs.request_pause, PAUSED)])
def test_what_was_asked_of_a_run_holds_when_its_training_dies(
    database: Database, ask: Callable[[Session, int], Run], status: RunStatus
) -> None:
    run_id = submitted(database)
    with database.write() as session:
        claim = runs.claim(session, run_id, "a worker")
        ask(session, run_id)
        assert claim and runs.died(session, claim, "the training was killed", "") == status


def test_an_overtaken_worker_changes_nothing_any_more(database: Database) -> None:
    run_id = submitted(database)
    with database.write() as session:
        old = runs.claim(session, run_id, "slow")
        assert old and runs.requeue(session, old, "not heard of")
        assert runs.claim(session, run_id, "fast")
    before = read(database, run_id), history(database, run_id)
    with database.write() as session:
        assert not claims.renew(session, old)
        assert not runs.finish(session, old)
        assert not runs.fail(session, old, "too late")
        assert not runs.paused(session, old, "too late")
        assert runs.died(session, old, "too late", "") is None
    assert (read(database, run_id), history(database, run_id)) == before


def order(database: Database) -> list[int]:
    with database.read() as session:
        return [run.id or 0 for run in queue_order.waiting(session)]


def test_higher_priorities_are_first_and_equals_in_the_order_they_came(database: Database) -> None:
    first, urgent, idle, last = (submitted(database, priority=priority) for priority in (5, 9, 0, 5))
    assert order(database) == [urgent, first, last, idle]
    with database.write() as session:
        claim = runs.claim_next(session, "a worker", gpu=False)
    assert claim and claim.run_id == urgent


def test_what_needs_a_gpu_is_left_to_workers_that_have_one(database: Database) -> None:
    needs, other = submitted(database, device="cuda", priority=9), submitted(database)
    with database.write() as session:
        taken = [runs.claim_next(session, "a worker", gpu=gpu) for gpu in (False, False, True)]
    assert [claim and claim.run_id for claim in taken] == [other, None, needs]


@pytest.mark.parametrize("here", range(5))
@pytest.mark.parametrize("places", [-9, -2, -1, 1, 2, 9])
def test_a_run_is_moved_to_where_it_was_asked_for(database: Database, here: int, places: int) -> None:
    """Among runs of three priorities, so that some moves lead from one to another."""
    for priority in (9, 5, 5, 0, 0):
        submitted(database, priority=priority)
    expected = order(database)
    run_id = expected.pop(here)
    expected.insert(min(max(here + places, 0), 4), run_id)
    with database.write() as session:
        queue_order.move(session, run_id, places)
    assert order(database) == expected


def test_a_run_can_be_moved_between_the_same_neighbours_again_and_again(database: Database) -> None:
    a, b, c = (submitted(database) for _ in range(3))
    for _ in range(20):
        with database.write() as session:
            queue_order.move(session, c, -1)
        assert order(database) == [a, c, b]
        with database.write() as session:
            queue_order.move(session, b, -1)
        assert order(database) == [a, b, c]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds go by."""
    time = [now()]

    def clock() -> datetime:
        return time[0]

    def pass_by(seconds: float) -> None:
        time[0] += timedelta(seconds=seconds)

    for module in (runs, claims):
        monkeypatch.setattr(module, "now", clock)
    return pass_by


def worked(database: Database, run_id: int, passes: Callable[[float], None], seconds: float) -> Claim:
    """Its claim, after a worker has had it for so long."""
    with database.write() as session:
        claim = runs.claim(session, run_id, "a worker")
    assert claim
    passes(seconds)
    return claim


def test_the_time_of_all_attempts_adds_up_and_waiting_does_not_count(
    database: Database, passes: Callable[[float], None]
) -> None:
    run_id = submitted(database)
    assert elapsed(read(database, run_id)) is None
    passes(1000)
    first = worked(database, run_id, passes, 60)
    with database.write() as session:
        assert runs.paused(session, first, "asked to")
    passes(1000)
    with database.write() as session:
        runs.resume(session, run_id)
    assert elapsed(read(database, run_id)) == pytest.approx(60)
    second = worked(database, run_id, passes, 30)
    with database.write() as session:
        assert runs.fail(session, second, "The loss became nan.")
    assert elapsed(read(database, run_id)) == pytest.approx(90)
    with database.write() as session:
        runs.retry(session, run_id)
    third = worked(database, run_id, passes, 5)
    with database.write() as session:
        assert runs.finish(session, third)
    assert read(database, run_id).seconds == pytest.approx(95)


def test_who_starts_over_starts_the_clock_over(database: Database, passes: Callable[[float], None]) -> None:
    run_id = submitted(database)
    claim = worked(database, run_id, passes, 60)
    with database.write() as session:
        runs.cancelled(session, claim)
        runs.retry(session, run_id, start_over=True)
    assert elapsed(read(database, run_id)) is None


def test_a_laptop_that_slept_did_not_train(database: Database, passes: Callable[[float], None]) -> None:
    run_id = submitted(database)
    claim = worked(database, run_id, passes, 60)
    with database.write() as session:
        assert claims.renew(session, claim)
    passes(8 * 3600)
    with database.write() as session:
        (lapsed,) = claims.lapsed(session)
        assert runs.requeue(session, lapsed, "its worker is gone")
    taken = read(database, run_id).seconds
    assert taken == pytest.approx(60 + claims.LEASE.total_seconds())
