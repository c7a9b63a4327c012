"""What a training told while nobody could write it down is told when it goes on."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from tests.worker.test_recorder import STARTED, STEP, epoch
from trainer.events import CheckpointSaved, Event
from worker.journal import NAME, Journal

SAVED = CheckpointSaved(epoch=1, accuracy=0.6, path="best.safetensors")
FIRST = [STEP, epoch(1, 0.6, best=True), SAVED]
SECOND = [replace(STEP, epoch=2), epoch(2, 0.5, best=False)]
THIRD = [replace(STEP, epoch=3, step=step) for step in (100, 200)]


def journal(folder: Path, recorded: int = 0) -> Journal:
    return Journal(folder, nullcontext, recorded)


def tell(folder: Path, *events: Event) -> None:
    first = journal(folder)
    for event in (STARTED, *events):
        assert first.told(event) == []


def resumed(epoch: int, step: int = 0) -> Event:
    return replace(STARTED, resumed_epoch=epoch, resumed_step=step)


def test_what_the_database_missed_is_told_again_as_far_as_the_checkpoint_goes(tmp_path: Path) -> None:
    tell(tmp_path, *FIRST, *SECOND, *THIRD)
    assert journal(tmp_path).told(resumed(2)) == [*FIRST, *SECOND]
    assert journal(tmp_path, recorded=1).told(resumed(2)) == SECOND
    assert journal(tmp_path, recorded=2).told(resumed(2)) == []


def test_the_steps_before_a_pause_are_told_again_and_those_after_it_come_anew(tmp_path: Path) -> None:
    tell(tmp_path, *FIRST, *SECOND, *THIRD)
    assert journal(tmp_path, recorded=2).told(resumed(2, 150)) == THIRD[:1]


def test_what_was_done_twice_is_told_once_as_it_was_last(tmp_path: Path) -> None:
    tell(tmp_path, *FIRST, *SECOND)
    again = journal(tmp_path)
    again.told(resumed(1))
    slower = replace(SECOND[1], seconds=9.0)
    again.told(slower)
    assert journal(tmp_path, recorded=1).told(resumed(2)) == [slower]


def test_a_training_that_starts_over_forgets_what_it_told(tmp_path: Path) -> None:
    tell(tmp_path, *FIRST)
    assert journal(tmp_path).told(STARTED) == []
    assert (tmp_path / NAME).read_text() == ""


def test_a_line_that_was_cut_is_passed_over(tmp_path: Path) -> None:
    tell(tmp_path, *FIRST, *SECOND)
    file = tmp_path / NAME
    file.write_text(file.read_text()[:-20])
    assert journal(tmp_path).told(resumed(2)) == [*FIRST, SECOND[0]]
