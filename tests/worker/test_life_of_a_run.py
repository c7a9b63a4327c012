"""Real runs by a real worker process: how they end, and what is left of them."""

import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlmodel import select

from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database
from app.store.models import Epoch, Event, RunStatus
from trainer.config import RunConfig
from worker.health import answers

# More than a minute where it is left alone, as native code leaves it to torch.
LONG = RunConfig(
    architecture="mlp", dataset="digits", epochs=1000, batch_size=4, learning_rate=0.001, momentum=0.9, nesterov=True
)
SHORT = RunConfig(architecture="mlp", dataset="digits", epochs=2)


def test_a_run_goes_from_the_queue_to_its_result_once_however_often_it_is_delivered(yard: Any) -> None:
    run_id = yard.submit(SHORT)
    yard.messages.enqueue(yard.run(run_id))
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
    log = (yard.settings.run_folder(run_id) / "log.txt").read_text()
    assert re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} Epoch (\d+) done", log, re.MULTILINE) == ["1", "2"]
    again = yard.submit(SHORT)
    assert yard.ended(again).best_accuracy == run.best_accuracy


def test_a_worker_of_this_host_answers_when_it_is_asked_for_its_health_also_while_it_trains(yard: Any) -> None:
    run_id = yard.submit(LONG)
    yard.trains(run_id)
    assert answers(yard.settings.broker, socket.gethostname(), timeout=2)
    assert not answers(yard.settings.broker, "another-host", timeout=0.5)
    with yard.database.write() as session:
        runs.request_cancel(session, run_id)
    assert yard.ended(run_id).status == RunStatus.CANCELLED


def test_a_running_run_is_cancelled_within_seconds_and_only_when_its_process_is_gone(yard: Any) -> None:
    run_id = yard.submit(LONG)
    yard.trains(run_id)
    pid = yard.training_pid(run_id)
    # Spinning threads would take the processor from everybody else.
    assert b"OMP_WAIT_POLICY=PASSIVE" in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    began = time.monotonic()
    with yard.database.write() as session:
        runs.request_cancel(session, run_id)
    run = yard.ended(run_id)
    assert yard.is_gone(pid)
    assert run.status == RunStatus.CANCELLED
    assert time.monotonic() - began < 12


def test_a_killed_training_is_started_again_by_its_worker_and_the_history_says_why(yard: Any) -> None:
    run_id = yard.submit(LONG)
    yard.trains(run_id)
    os.kill(yard.training_pid(run_id), signal.SIGKILL)
    yard.until(lambda: yard.run(run_id).attempt == 2 and yard.trains(run_id))
    cause = "the training process was killed by signal 9 (SIGKILL); it goes on from its last checkpoint"
    assert cause in yard.causes(run_id)
    yard.change(run_id, runs.request_cancel)
    assert yard.ended(run_id).status == RunStatus.CANCELLED


def test_a_data_set_that_is_no_data_set_fails_the_run_in_words(yard: Any) -> None:
    yard.settings.data_folder.mkdir(parents=True)
    (yard.settings.data_folder / "broken.npz").write_bytes(b"no archive")
    run = yard.ended(yard.submit(RunConfig(dataset="broken", epochs=1)))
    assert run.status == RunStatus.FAILED
    assert "broken" in run.error


def test_a_worker_started_alone_makes_the_tables_itself(yard: Any, settings: Settings) -> None:
    worker = yard.start_another(settings)
    database = Database(settings.database)

    def there() -> bool:
        with database.read() as session:
            return inspect(session.connection()).has_table("run")

    try:
        yard.until(there)
    finally:
        worker.kill()
        worker.wait()
        database.close()
