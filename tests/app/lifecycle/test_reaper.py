"""A run that everybody forgot goes back to the workers, and no run is sent twice without need."""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from sqlmodel import col, select

from app.lifecycle import claims, reaper, runs, workers
from app.lifecycle.queue import ENOUGH, Messages
from app.lifecycle.reaper import NO_GPU, reap
from app.lifecycle.told import Told
from app.settings import Settings
from app.store.database import Database
from app.store.models import Event, RunStatus, Worker, now
from trainer.catalog import resolve

pytestmark = pytest.mark.both_databases

LONG_AGO = now() - timedelta(minutes=10)


class Queue:
    """The real broker's queue and how many messages wait in it."""

    def __init__(self, url: str) -> None:
        self.messages = Messages(url)
        self.client = redis.Redis(unix_socket_path=url.removeprefix("redis+socket://"))
        self.client.flushall()

    def __len__(self) -> int:
        return int(self.client.llen("epochyard"))


@pytest.fixture
def queue(broker_url: str) -> Iterator[Queue]:
    queue = Queue(broker_url)
    yield queue
    queue.messages.close()
    queue.client.close()


def submitted(database: Database, *, message: str | None = None) -> int:
    """A run whose message never reached the broker, some time ago."""
    with database.write() as session:
        run = runs.submit(session, resolve({"dataset": "digits"}))
        run.created_at, run.message = LONG_AGO, message
    assert run.id is not None
    return run.id


def lapsed(database: Database) -> int:
    """A run whose worker has not been heard of for long."""
    run_id = submitted(database)
    with database.write() as session:
        claim = runs.claim(session, run_id, "a dead worker")
        assert claim
        claims.update_claimed(session, claim, lease_until=LONG_AGO)
    return run_id


def test_a_run_with_a_lapsed_lease_is_queued_and_sent_and_says_why(database: Database, queue: Queue) -> None:
    run_id = lapsed(database)
    reap(database, queue.messages)
    with database.read() as session:
        run = runs.get(session, run_id)
    assert (run.status, run.worker, run.lease_until) == (RunStatus.QUEUED, None, None)
    assert len(queue) == 1
    with database.write() as session:
        again = runs.claim(session, run_id, "another worker")
    assert again is not None and again.attempt == 2


def test_a_lapsed_run_that_should_be_cancelled_is(database: Database, queue: Queue) -> None:
    run_id = lapsed(database)
    with database.write() as session:
        runs.request_cancel(session, run_id)
    reap(database, queue.messages)
    with database.read() as session:
        assert runs.get(session, run_id).status == RunStatus.CANCELLED
    assert len(queue) == 0


def test_a_run_that_is_heard_of_is_left_alone(database: Database, queue: Queue) -> None:
    run_id = submitted(database)
    with database.write() as session:
        runs.claim(session, run_id, "a worker")
    reap(database, queue.messages)
    with database.read() as session:
        assert runs.get(session, run_id).status == RunStatus.RUNNING
    assert len(queue) == 0


def test_runs_whose_messages_were_lost_are_sent_once_more(database: Database, queue: Queue) -> None:
    run_ids = [submitted(database, message="The broker does not answer") for _ in range(2)]
    reap(database, queue.messages)
    assert len(queue) == 2
    reap(database, queue.messages)
    assert len(queue) == 2
    with database.read() as session:
        assert [runs.get(session, run_id).message for run_id in run_ids] == [None, None]


def test_of_many_forgotten_runs_no_more_workers_are_told_than_is_of_use(database: Database, queue: Queue) -> None:
    for _ in range(ENOUGH + 5):
        submitted(database)
    reap(database, queue.messages)
    assert len(queue) == ENOUGH


def test_while_a_message_waits_nothing_is_sent(database: Database, queue: Queue) -> None:
    first, _second = submitted(database), submitted(database)
    with database.read() as session:
        queue.messages.enqueue(runs.get(session, first))
    reap(database, queue.messages)
    assert len(queue) == 1


def test_a_run_this_young_has_its_message_on_the_way(database: Database, queue: Queue) -> None:
    with database.write() as session:
        runs.submit(session, resolve({"dataset": "digits"}))
    reap(database, queue.messages)
    assert len(queue) == 0


def test_without_a_broker_it_is_quiet_and_a_lapsed_run_is_queued_nevertheless(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = lapsed(database)
    submitted(database)
    messages = Messages(settings.broker)
    reap(database, messages)
    caplog.clear()
    reap(database, messages)
    with database.read() as session:
        assert runs.get(session, run_id).status == RunStatus.QUEUED
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_without_a_database_it_is_quiet(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    reap(nowhere, queue.messages)
    nowhere.close()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_run_that_needs_a_gpu_says_that_there_is_none_until_one_comes(database: Database, queue: Queue) -> None:
    with database.write() as session:
        run_ids = [runs.submit(session, resolve({"dataset": "digits", "device": d})).id or 0 for d in ("cuda", "cpu")]

    def messages() -> list[str | None]:
        reap(database, queue.messages)
        with database.read() as session:
            return [runs.get(session, run_id).message for run_id in run_ids]

    about = {"host": "lab", "pid": 1, "device": "a device"}
    with database.write() as session:
        workers.beat(session, "lab-1", gpu=False, **about)
    assert messages() == [NO_GPU, None] == messages()
    with database.write() as session:
        workers.beat(session, "lab-2", gpu=True, **about)
    assert messages() == [None, None] == messages()
    with database.read() as session:
        told = session.exec(select(Event).where(Event.kind == "queue").order_by(col(Event.id))).all()
    assert [(event.run_id, event.payload["cause"]) for event in told] == [
        (run_ids[0], Told.NO_GPU),
        (run_ids[0], Told.GPU_THERE),
    ]


def test_workers_that_are_long_gone_are_forgotten(database: Database, queue: Queue) -> None:
    with database.write() as session:
        for name in ("gone", "here"):
            workers.beat(session, name, host="lab", pid=1, gpu=False, device="CPU")
        session.get(Worker, "gone").heartbeat_at = now() - timedelta(days=2)
    reap(database, queue.messages)
    with database.read() as session:
        assert [worker.name for worker in session.exec(select(Worker))] == ["here"]


def test_after_an_outage_whoever_lives_may_renew_before_its_run_is_given_away(database: Database, queue: Queue) -> None:
    run_id = lapsed(database)
    assert reap(database, queue.messages, lapsed=False)
    with database.read() as session:
        assert runs.get(session, run_id).status == RunStatus.RUNNING


def test_after_an_outage_of_the_database_whoever_lives_renews_before_anything_is_taken_away(
    database: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = [True, False, True, True]
    judged: list[bool] = []

    class Stopping(threading.Event):
        def wait(self, _timeout: float | None = None) -> bool:
            if len(judged) == len(passes):
                self.set()
            return self.is_set()

    def answer(_database: Database, _messages: Messages, *, lapsed: bool) -> bool:
        judged.append(lapsed)
        return passes[len(judged) - 1]

    monkeypatch.setattr(reaper, "reap", answer)
    reaper.reap_forever(database, queue.messages, Stopping())
    assert judged == [True, True, False, True]
