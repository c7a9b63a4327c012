"""Events become rows once, and only for whoever holds the run."""

import pytest
from sqlmodel import select

from app import runs
from app.database import Database
from app.models import Epoch, Event, RunStatus, Step
from trainer.config import RunConfig
from trainer.events import CheckpointSaved, EpochFinished, Started, StepLogged
from worker.recorder import Recorder, Superseded

STARTED = Started(
    parameters=10,
    device="cpu",
    precision="fp32",
    steps_per_epoch=200,
    train_images=900,
    validation_images=100,
    test_images=100,
    shape=(1, 28, 28),
    classes=("0", "1"),
    selection="validation",
)
STEP = StepLogged(epoch=1, step=100, loss=1.0, accuracy=0.5, learning_rate=0.1)


def epoch(number: int, accuracy: float, *, best: bool) -> EpochFinished:
    return EpochFinished(
        epoch=number,
        train_loss=1.0,
        train_accuracy=0.5,
        validation_loss=1.0,
        validation_accuracy=accuracy,
        test_loss=None,
        test_accuracy=None,
        learning_rate=0.1,
        seconds=1.0,
        images_per_second=900.0,
        confusion=[[1, 0], [0, 1]],
        best=best,
    )


def claimed(database: Database) -> runs.Claim:
    with database.write() as session:
        run = runs.submit(session, RunConfig(epochs=4))
    assert run.id is not None
    with database.write() as session:
        claim = runs.claim(session, run.id, "a worker")
    assert claim is not None
    return claim


def test_an_event_that_is_written_twice_leaves_one_row(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, STEP, STEP, epoch(1, 0.6, best=True), epoch(1, 0.6, best=True)])
    with database.read() as session:
        assert len(session.exec(select(Step)).all()) == 1
        assert len(session.exec(select(Epoch)).all()) == 1
        run = runs.get(session, recorder.claim.run_id)
    assert (run.epoch, run.progress, run.best_epoch, run.best_accuracy) == (1, 0.25, 1, 0.6)


def test_a_step_tells_where_it_is_in_epochs(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, STEP])
    with database.read() as session:
        told = session.exec(select(Event).where(Event.kind == "step")).one().payload
    assert (told["position"], told["progress"]) == (0.5, 0.125)


def test_a_superseded_claim_writes_nothing(database: Database) -> None:
    claim = claimed(database)
    recorder = Recorder(database, claim)
    recorder.record([STARTED])
    with database.write() as session:
        runs.requeue(session, claim, "lapsed")
        runs.claim(session, claim.run_id, "another worker")
    with pytest.raises(Superseded):
        recorder.record([STEP, epoch(1, 0.6, best=True)])
    with database.read() as session:
        assert not session.exec(select(Step)).all()
        assert not session.exec(select(Epoch)).all()


def test_a_resumed_run_forgets_what_came_after_its_checkpoint(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, epoch(1, 0.6, best=True), STEP, epoch(2, 0.7, best=True)])
    resumed = Started(**{**vars(STARTED), "resumed_epoch": 1})
    recorder.record([resumed])
    with database.read() as session:
        assert [row.epoch for row in session.exec(select(Epoch))] == [1]
        run = runs.get(session, recorder.claim.run_id)
    assert (run.epoch, run.best_epoch, run.best_accuracy) == (1, 1, 0.6)


def test_an_epoch_that_a_resumed_training_repeats_is_told_once(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    saved = CheckpointSaved(epoch=1, accuracy=0.6, path="best.safetensors")
    resumed = Started(**{**vars(STARTED), "resumed_epoch": 1})
    recorder.record([STARTED, epoch(1, 0.6, best=True), saved])
    recorder.record([resumed, epoch(1, 0.6, best=True), saved])
    with database.read() as session:
        kinds = [event.kind for event in session.exec(select(Event))]
    assert (kinds.count("epoch"), kinds.count("checkpoint")) == (1, 1)


def test_an_epoch_that_nobody_heard_of_before_the_training_was_killed_is_told_when_it_resumes(
    database: Database,
) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED])
    resumed = Started(**{**vars(STARTED), "resumed_epoch": 1})
    recorder.record([resumed, epoch(1, 0.6, best=True)])
    with database.read() as session:
        run = runs.get(session, recorder.claim.run_id)
        assert len(session.exec(select(Epoch)).all()) == 1
        assert len(session.exec(select(Event).where(Event.kind == "epoch")).all()) == 1
    assert (run.epoch, run.best_epoch, run.best_accuracy) == (1, 1, 0.6)


def test_a_training_that_starts_over_tells_its_epochs_again(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, epoch(1, 0.6, best=True)])
    recorder.record([STARTED, epoch(1, 0.6, best=True)])
    with database.read() as session:
        assert len(session.exec(select(Epoch)).all()) == 1
        assert len(session.exec(select(Event).where(Event.kind == "epoch")).all()) == 2


def test_a_run_that_is_claimed_in_the_session_that_submitted_it_knows_its_attempt(database: Database) -> None:
    with database.write() as session:
        run = runs.submit(session, RunConfig())
        claim = runs.claim(session, run.id or 0, "a worker")
    assert claim is not None
    assert (claim.attempt, run.attempt, run.status) == (1, 1, RunStatus.RUNNING)
