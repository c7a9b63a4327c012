"""Real runs by a real worker process: how they end, and what is left of them."""

import os
import signal
import time
from typing import Any

from sqlmodel import select

from app import runs
from app.models import Epoch, Event, RunStatus
from app.queue import enqueue
from trainer.config import RunConfig

LONG = RunConfig(architecture="mlp", dataset="digits", epochs=1000, learning_rate=0.001)
SHORT = RunConfig(architecture="mlp", dataset="digits", epochs=2)


def test_a_run_goes_from_the_queue_to_its_result_once_however_often_it_is_delivered(yard: Any) -> None:
    yard.start_worker()
    run_id = yard.submit(SHORT)
    enqueue(yard.celery, run_id)
    run = yard.ended(run_id)
    assert (run.status, run.error, run.progress, run.attempt) == (RunStatus.FINISHED, None, 1.0, 1)
    with yard.database.read() as session:
        epochs = session.exec(select(Epoch).where(Epoch.run_id == run_id)).all()
        kinds = [event.kind for event in session.exec(select(Event).where(Event.run_id == run_id))]
    assert [row.epoch for row in epochs] == [1, 2]
    assert run.best_accuracy == max(row.validation_accuracy for row in epochs)
    assert run.confusion and sum(map(sum, run.confusion)) == run.facts["test_images"]
    assert kinds[:2] == ["status", "status"] and kinds[-2:] == ["finished", "status"]
    assert kinds.count("epoch") == 2 and kinds.count("started") == 1
    again = yard.submit(SHORT)
    assert yard.ended(again).best_accuracy == run.best_accuracy


def test_a_running_run_is_cancelled_within_seconds_and_only_when_its_process_is_gone(yard: Any) -> None:
    yard.start_worker()
    run_id = yard.submit(LONG)
    yard.trains(run_id)
    pid = yard.training_pid(run_id)
    began = time.monotonic()
    with yard.database.write() as session:
        runs.request_cancel(session, run_id)
    run = yard.ended(run_id)
    assert yard.is_gone(pid)
    assert run.status == RunStatus.CANCELLED
    assert time.monotonic() - began < 12


def test_a_killed_training_fails_naming_the_signal_and_the_worker_takes_the_next_run(yard: Any) -> None:
    yard.start_worker()
    run_id = yard.submit(LONG)
    yard.trains(run_id)
    os.kill(yard.training_pid(run_id), signal.SIGKILL)
    run = yard.ended(run_id)
    assert run.status == RunStatus.FAILED
    assert "SIGKILL" in run.error and "batch_size" in run.error
    assert yard.ended(yard.submit(SHORT)).status == RunStatus.FINISHED


def test_a_data_set_that_is_no_data_set_fails_the_run_in_words(yard: Any) -> None:
    yard.settings.data_folder.mkdir(parents=True)
    (yard.settings.data_folder / "broken.npz").write_bytes(b"no archive")
    yard.start_worker()
    run = yard.ended(yard.submit(RunConfig(dataset="broken", epochs=1)))
    assert run.status == RunStatus.FAILED
    assert "broken" in run.error


def test_a_stopped_workers_run_is_queued_and_finished_by_the_next_as_if_nothing_had_happened(yard: Any) -> None:
    config = RunConfig(architecture="lenet", dataset="digits", epochs=12)
    first = yard.start_worker()
    run_id = yard.submit(config)
    yard.trains(run_id, epoch=2)
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    stopped = yard.run(run_id)
    assert stopped.status == RunStatus.QUEUED
    yard.start_worker()
    run = yard.ended(run_id)
    whole = yard.ended(yard.submit(config))
    assert (run.status, run.attempt) == (RunStatus.FINISHED, 2)
    assert run.facts["resumed_epoch"] >= 2
    for column in ("best_epoch", "best_accuracy", "test_loss", "test_accuracy", "confusion"):
        assert getattr(run, column) == getattr(whole, column)


def test_no_training_outlives_a_worker_that_was_killed(yard: Any) -> None:
    worker = yard.start_worker()
    run_id = yard.submit(LONG)
    yard.trains(run_id)
    pid = yard.training_pid(run_id)
    worker.kill()
    yard.until(lambda: yard.is_gone(pid))
