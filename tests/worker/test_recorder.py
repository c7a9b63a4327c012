"""Events become rows once, and only for whoever holds the run."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from app.lifecycle import claims, runs
from app.store.database import Database
from app.store.models import Epoch, Event, RunStatus, Step
from trainer.config import RunConfig
from trainer.events import CheckpointSaved, EpochFinished, Evaluating, Finished, Paused, Started, StepLogged
from worker.recorder import Recorder, Superseded

pytestmark = pytest.mark.both_databases

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


def claimed(database: Database) -> claims.Claim:
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
    assert run.curve == [(1, 0.6)]


def test_a_step_tells_where_it_is_in_epochs(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, STEP])
    with database.read() as session:
        told = session.exec(select(Event).where(Event.kind == "step")).one().payload
    assert (told["position"], told["progress"]) == (0.5, 0.125)


def test_what_an_observer_saw_is_kept_by_layer_and_told_by_group(database: Database) -> None:
    norms = {"0": 1.0, "1": 1.0, "3.conv1": 3.0, "3.conv2": 4.0, "13": 0.5}
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, replace(STEP, gradient_norms=norms, residual_ratios={"3": 0.6})])
    with database.read() as session:
        row = session.exec(select(Step)).one()
        told = session.exec(select(Event).where(Event.kind == "step")).one().payload
    assert (row.gradient_norms, row.residual_ratios) == (norms, {"3": 0.6})
    assert (told["layers"], told["residual_ratios"]) == ({"0": 1.0, "1": 1.0, "3": 5.0, "13": 0.5}, {"3": 0.6})
    assert "gradient_norms" not in told


def test_what_was_not_observed_is_null_in_the_database_and_nothing_in_the_event(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, STEP])
    with database.read() as session:
        assert session.exec(select(Step).where(col(Step.gradient_norms).is_(None))).one().residual_ratios is None
        told = session.exec(select(Event).where(Event.kind == "step")).one().payload
    assert set(told) == {"epoch", "step", "loss", "accuracy", "learning_rate", "progress", "position"}


def test_the_watched_split_is_kept_beside_the_one_that_chooses(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, replace(epoch(1, 0.6, best=True), test_loss=1.5, test_accuracy=0.9)])
    with database.read() as session:
        row = session.exec(select(Epoch)).one()
        run = runs.get(session, recorder.claim.run_id)
    assert (row.validation_accuracy, row.test_accuracy) == (0.6, 0.9)
    assert (run.best_accuracy, run.test_accuracy) == (0.6, None)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_long_evaluation_is_what_a_run_does_until_its_epoch_is_there(database: Database, split: str) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, STEP, Evaluating(epoch=1, split=split)])
    with database.read() as session:
        run = runs.get(session, recorder.claim.run_id)
        told = session.exec(select(Event).where(Event.kind == "evaluating")).one()
    assert (run.message, told.payload) == (f"Measuring epoch 1 on the {split} split", {"epoch": 1, "split": split})
    recorder.record([epoch(1, 0.6, best=True)])
    with database.read() as session:
        assert runs.get(session, recorder.claim.run_id).message is None


def test_the_curve_of_the_list_grows_with_the_run(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    watched = replace(epoch(2, 0.5, best=False), validation_accuracy=None, test_accuracy=0.55)
    recorder.record([STARTED, epoch(1, 0.6, best=True), watched])
    # Another worker, which knows nothing but what is recorded.
    again = Recorder(database, recorder.claim)
    again.record([Started(**{**vars(STARTED), "resumed_epoch": 2}), epoch(3, 0.7, best=True)])
    with database.read() as session:
        run = runs.get(session, recorder.claim.run_id)
    assert run.curve == [(1, 0.6), (2, 0.55), (3, 0.7)]
    assert (run.best_epoch, run.best_accuracy) == (3, 0.7)


def test_the_last_weights_are_kept_beside_the_best(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    best = {"best_epoch": 1, "best_accuracy": 0.6, "test_loss": 1.0, "test_accuracy": 0.5}
    last = {"last_test_loss": 1.1, "last_test_accuracy": 0.4, "only_best": 12, "only_last": 2}
    recorder.record([STARTED, epoch(1, 0.6, best=True), Finished(**best, **last, confusion=[[1, 0], [0, 1]])])
    with database.read() as session:
        run = runs.get(session, recorder.claim.run_id)
        told = session.exec(select(Event).where(Event.kind == "finished")).one().payload
    assert {name: getattr(run, name) for name in (*best, *last)} == best | last
    assert told == best | last


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
    assert run.curve == [(1, 0.6)]


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


def test_a_training_that_is_killed_before_it_told_what_its_checkpoint_knows_leaves_that_to_the_next(
    database: Database,
) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, epoch(1, 0.6, best=True)])
    # Its journal holds the steps of epoch 2, which whoever comes next tells if the run's epoch is an earlier one.
    recorder.record([Started(**{**vars(STARTED), "resumed_epoch": 2})])
    with database.read() as session:
        assert runs.get(session, recorder.claim.run_id).epoch == 1


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


def test_a_training_that_was_paused_keeps_the_steps_of_its_epoch_and_its_place(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    later = replace(STEP, epoch=2)
    recorder.record([STARTED, STEP, epoch(1, 0.6, best=True), later, replace(later, step=200)])
    recorder.record([Paused(epoch=2, step=150)])
    with database.read() as session:
        assert runs.get(session, recorder.claim.run_id).progress == pytest.approx(1.75 / 4)
    recorder.record([replace(STARTED, resumed_epoch=1, resumed_step=150)])
    with database.read() as session:
        assert [(row.epoch, row.step) for row in session.exec(select(Step))] == [(1, 100), (2, 100)]
        assert runs.get(session, recorder.claim.run_id).progress == pytest.approx(1.75 / 4)


def test_a_step_that_is_known_is_not_told_again(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([STARTED, STEP, STEP])
    with database.read() as session:
        assert len(session.exec(select(Event).where(Event.kind == "step")).all()) == 1


def test_only_a_new_epoch_makes_earlier_deaths_forgotten(database: Database) -> None:
    recorder = Recorder(database, claimed(database))

    def deaths_after(*events: object) -> int:
        with database.write() as session:
            runs.get(session, recorder.claim.run_id).deaths = 2
        recorder.record(events)  # type: ignore[arg-type]
        with database.read() as session:
            return runs.get(session, recorder.claim.run_id).deaths

    assert deaths_after(STARTED, STEP) == 2
    assert deaths_after(epoch(1, 0.6, best=True)) == 0
    assert deaths_after(replace(STARTED, resumed_epoch=1), epoch(1, 0.6, best=True)) == 2


def test_starting_over_is_wished_for_once(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    with database.write() as session:
        runs.get(session, recorder.claim.run_id).start_over = True
    recorder.record([STARTED])
    with database.read() as session:
        assert not runs.get(session, recorder.claim.run_id).start_over


def test_what_a_resumed_training_tells_again_does_not_take_its_progress_back(database: Database) -> None:
    recorder = Recorder(database, claimed(database))
    recorder.record([replace(STARTED, resumed_epoch=1, resumed_step=150), epoch(1, 0.6, best=True)])
    recorder.record([replace(STEP, epoch=2)])
    with database.read() as session:
        assert runs.get(session, recorder.claim.run_id).progress == (1 + 150 / 200) / 4
