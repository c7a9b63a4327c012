"""A checkpoint that is damaged or missing costs an epoch at the most where another is whole, and never a bit."""

import dataclasses
import pickle
import shutil
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.bits import MLP, after, contents, events_of, kept_alike, same, told
from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last
from trainer.errors import CheckpointMismatch
from trainer.evaluate import evaluate
from trainer.events import EpochFinished, Event, Paused, Preparing, Started
from trainer.loop import train

DAMAGES = {"cut": lambda content: content[:1000], "empty": lambda _: b"", "other": lambda _: b"something else"}


def damage(path: Path, how: str = "cut") -> None:
    path.write_bytes(DAMAGES[how](path.read_bytes()))


def said(events: list[Event]) -> str:
    return " ".join(event.message for event in events if isinstance(event, Preparing))


def resumed(events: list[Event]) -> tuple[int, int]:
    started = next(event for event in events if isinstance(event, Started))
    return started.resumed_epoch, started.resumed_step


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run of three epochs that is complete."""
    events_of(MLP, tmp_path, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def whole(run: Path, tmp_path: Path) -> Path:
    """A copy of it, to be compared with."""
    return shutil.copytree(run, tmp_path / "whole")


@pytest.mark.parametrize("how", DAMAGES)
def test_the_epoch_before_takes_the_place_of_a_damaged_one(run, whole, tmp_path, how) -> None:
    damage(run / "last.pt", how)
    again = events_of(MLP, tmp_path, run)
    assert (
        said(again) == f"{run / 'last.pt'}: the checkpoint of epoch 3 is damaged; resumed from epoch 2 (previous.pt)."
    )
    assert resumed(again) == (2, 0)
    assert told(again) == told(events_of(MLP, tmp_path, tmp_path / "other"))[-len(told(again)) :]
    assert kept_alike(run, whole)
    assert load_last(run, "previous.pt")["epoch"] == 2


def test_a_checkpoint_that_is_missing_is_told_as_well(run, whole, tmp_path) -> None:
    (run / "last.pt").unlink()
    again = events_of(MLP, tmp_path, run)
    assert "the checkpoint of epoch 3 is missing; resumed from epoch 2" in said(again)
    assert kept_alike(run, whole)


def test_a_damaged_checkpoint_never_becomes_the_previous_one(run, tmp_path) -> None:
    damage(run / "last.pt")
    assert isinstance(events_of(MLP, tmp_path, run, pause=after(1))[-1], Paused)
    assert load_last(run)["epoch"] == 2
    assert not (run / "previous.pt").exists()


def test_of_one_paused_in_mid_epoch_the_last_finished_epoch_is_left(whole, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("trainer.steps.BLOCK", 64)
    parts = tmp_path / "parts"
    for looks in (30, 3, 2):
        events_of(MLP, tmp_path, parts, pause=after(looks))
    assert load_last(parts)["middle"]["step"] > 0
    assert load_last(parts, "previous.pt")["middle"] is None
    damage(parts / "last.pt")
    again = events_of(MLP, tmp_path, parts)
    assert "the checkpoint of epoch 2 is damaged; resumed from epoch 1" in said(again)
    assert resumed(again) == (1, 0)
    assert kept_alike(parts, whole)


@pytest.mark.parametrize("how", DAMAGES)
def test_with_both_damaged_it_starts_over_and_names_both(run, whole, tmp_path, how) -> None:
    damage(run / "last.pt", how)
    damage(run / "previous.pt", how)
    again = events_of(MLP, tmp_path, run)
    assert all(text in said(again) for text in (str(run / "last.pt"), str(run / "previous.pt"), "Starting over"))
    assert resumed(again) == (0, 0)
    assert kept_alike(run, whole)


class Killed(BaseException):
    """As the end of the process: nothing in the trainer handles it."""


def test_a_crash_at_any_rename_leaves_a_good_checkpoint(whole, tmp_path, monkeypatch) -> None:
    for crashes_at in range(1, 100):
        parts, renames, rename = tmp_path / f"{crashes_at}", iter(range(1, crashes_at)), Path.replace

        def crash(path: Path, target: Path, renames=renames, rename=rename) -> Path:
            if next(renames, None) is None:
                raise Killed
            return rename(path, target)

        monkeypatch.setattr(Path, "replace", crash)
        events = train(resolve(MLP), data_dir=tmp_path, run_dir=parts)
        finished = 0
        with suppress(Killed):
            finished = [event.epoch for event in events if isinstance(event, EpochFinished)][-1]
        monkeypatch.undo()
        if finished:
            break
        assert resumed(events_of(MLP, tmp_path, parts)) in [(0, 0), (1, 0), (2, 0), (3, 0)]
        assert kept_alike(parts, whole)
    # The picture, and every epoch's best and last; from the second on the one before as well; the predictions.
    assert crashes_at == 1 + 3 * 2 + 2 + 1 + 1


def test_what_a_killed_writer_left_is_removed(run, tmp_path) -> None:
    left = run / ".last.pt.0123abcd"
    left.write_bytes(b"half")
    (run / ".notes").write_text("mine")
    events_of(MLP, tmp_path, run)
    assert not left.exists()
    assert (run / ".notes").exists()


def test_a_previous_one_of_another_architecture_is_named_and_kept(run, tmp_path) -> None:
    other = tmp_path / "other"
    events_of(MLP | {"architecture": "cnn"}, tmp_path, other)
    shutil.copy(other / "last.pt", run / "previous.pt")
    damage(run / "last.pt")
    before = contents(run)
    with pytest.raises(
        CheckpointMismatch, match=f"{run / 'previous.pt'} is a checkpoint of cnn, and this run trains mlp"
    ):
        events_of(MLP, tmp_path, run)
    assert contents(run) == before


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["last.pt", "previous.pt"])
@pytest.mark.parametrize("save", [torch.save, lambda thing, path: path.write_bytes(pickle.dumps(thing))])
def test_a_checkpoint_cannot_run_code(run, tmp_path, name, save) -> None:
    sprung, trap = tmp_path / "sprung", tmp_path / "trap"
    save({"model": Trap(sprung)}, trap)
    damage(run / "last.pt")
    shutil.copy(trap, run / name)
    assert "last.pt" in said(events_of(MLP, tmp_path, run))
    assert not sprung.exists()
    with suppress(pickle.UnpicklingError, RuntimeError):
        torch.load(trap, weights_only=False)
    assert sprung.exists()


@pytest.mark.parametrize("how", [*DAMAGES, "missing"])
def test_the_best_weights_are_written_again_from_the_checkpoint_of_their_epoch(run, tmp_path, how) -> None:
    before = shutil.copytree(run, tmp_path / "before")
    assert load_last(run)["best_epoch"] == 3
    spoil(run / "best.safetensors", how)
    again = events_of(MLP, tmp_path, run)
    assert f"best.safetensors is {'missing' if how == 'missing' else 'damaged'}" in said(again)
    assert "It was written again from the checkpoint of epoch 3." in said(again)
    assert resumed(again) == (3, 0)
    assert same_best(run, before)


def test_averaged_best_weights_are_written_again_too(tiny, tmp_path) -> None:
    values = {"architecture": "cnn", "dataset": "tiny", "epochs": 1, "ema": 0.5}
    events_of(values, tiny, tmp_path / "run")
    before = shutil.copytree(tmp_path / "run", tmp_path / "before")
    damage(tmp_path / "run" / "best.safetensors")
    events_of(values, tiny, tmp_path / "run")
    assert same_best(tmp_path / "run", before)


def test_paused_in_mid_epoch_the_best_weights_are_in_the_checkpoint_before(whole, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("trainer.steps.BLOCK", 64)
    parts = tmp_path / "parts"
    events_of(MLP, tmp_path, parts, pause=after(30))
    assert load_last(parts)["best_epoch"] == load_last(parts)["epoch"] == 1
    before = shutil.copytree(parts, tmp_path / "before")
    damage(parts / "best.safetensors")
    again = events_of(MLP, tmp_path, parts, pause=after(1))
    assert "written again from the checkpoint of epoch 1" in said(again)
    assert same_best(parts, before)
    events_of(MLP, tmp_path, parts)
    assert kept_alike(parts, whole)


@pytest.mark.parametrize("how", [*DAMAGES, "missing"])
def test_best_weights_that_are_nowhere_else_are_trained_again(tmp_path, monkeypatch, how) -> None:
    monkeypatch.setattr("trainer.epoch.evaluate", worse_and_worse())
    events_of(MLP, tmp_path, tmp_path / "run")
    shutil.copytree(tmp_path / "run", tmp_path / "whole")
    assert load_best(tmp_path / "run")[1].epoch == 1
    spoil(tmp_path / "run" / "best.safetensors", how)
    monkeypatch.setattr("trainer.epoch.evaluate", worse_and_worse())
    again = events_of(MLP, tmp_path, tmp_path / "run")
    assert "The weights of epoch 1 are nowhere else. Starting over" in said(again)
    assert resumed(again) == (0, 0)
    assert kept_alike(tmp_path / "run", tmp_path / "whole")


def test_the_best_of_another_run_is_not_mistaken_for_this_one_s(run, whole, tmp_path) -> None:
    events_of(MLP | {"seed": 8}, tmp_path, tmp_path / "other")
    shutil.copy(tmp_path / "other" / "best.safetensors", run)
    assert "best.safetensors is of another checkpoint" in said(events_of(MLP, tmp_path, run))
    assert kept_alike(run, whole)


def same_best(one: Path, two: Path) -> bool:
    (weights, words), (others, other_words) = load_best(one), load_best(two)
    return same(weights, others) and words == other_words


def test_the_best_of_an_earlier_epoch_is_not_mistaken_for_the_latest(run, whole, tmp_path) -> None:
    with closing(train(resolve(MLP), data_dir=tmp_path, run_dir=tmp_path / "first")) as events:
        next(event for event in events if isinstance(event, EpochFinished))
    shutil.copy(tmp_path / "first" / "best.safetensors", run)
    assert "best.safetensors is of another checkpoint" in said(events_of(MLP, tmp_path, run))
    assert kept_alike(run, whole)


def spoil(path: Path, how: str) -> None:
    path.unlink() if how == "missing" else damage(path, how)


def worse_and_worse() -> Any:
    """An evaluation whose accuracy falls from call to call."""
    accuracies = iter((0.9, 0.8, 0.7, 0.6, 0.5))
    return lambda *arguments: dataclasses.replace(evaluate(*arguments), accuracy=next(accuracies))
