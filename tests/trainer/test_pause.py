"""A training pauses in mid-epoch and goes on at that very step, with the bits of one that never paused."""

import random
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.bits import MLP, after, events_of, kept_alike, told
from trainer import lanes, steps
from trainer.catalog import resolve
from trainer.checkpoint import load_last
from trainer.errors import NonFiniteLoss
from trainer.events import EpochFinished, Event, Paused, Started, StepLogged
from trainer.loop import train

# 15 images, 4 steps an epoch, the last one smaller; reports after the second and the fourth.
TINY = {"dataset": "tiny", "batch_size": 4, "epochs": 3, "learning_rate": 0.01, "augment": True, "permute": True}
TINY |= {"label_smoothing": 0.1, "weight_decay": 0.01, "deterministic": torch.cuda.is_available()}
NATIVE = [
    {"architecture": "mlp", "optimizer": "sgd", "momentum": 0.9, "schedule": "step"},
    {"architecture": "cnn", "optimizer": "adam", "schedule": "cosine", "augment": False, "observe": True},
    {"architecture": "lenet", "optimizer": "adamw", "schedule": "onecycle"},
]
TORCH = [
    {"architecture": "lenet", "dropout": 0.3, "schedule": "onecycle", "optimizer": "adamw"},
    {"architecture": "cnn", "precision": "bf16", "optimizer": "sgd", "momentum": 0.9},
    {"architecture": "resnet20", "optimizer": "sgd", "momentum": 0.9, "dropout": 0.3, "observe": True},
    # With averaged weights, biases at a rate of their own, and flips when it is evaluated.
    {"architecture": "fastvgg", "watch_test": True, "schedule": "triangle"},
]

pytestmark = pytest.mark.usefixtures("no_sync")


def trained_in_parts(values: dict[str, Any], data_dir: Path, run_dir: Path, pauses: list[int]) -> list[Event]:
    """All events of a training that pauses when `pause` is looked at for the n-th time, for each n after the other."""
    events: list[Event] = []
    for looks in (*pauses, 10**9):
        stood = events[-1] if events else Paused(epoch=1, step=0)
        events += (part := events_of(values, data_dir, run_dir, log_every=2, pause=after(looks)))
        started = next(event for event in part if isinstance(event, Started))
        assert isinstance(stood, Paused)
        # Where all steps are done, only an evaluation is left: the epoch's, or the final one.
        ends = [(stood.epoch, 0)] if stood.step == started.steps_per_epoch else []
        assert (started.resumed_epoch, started.resumed_step) in [(stood.epoch - 1, stood.step), *ends]
        if not isinstance(part[-1], Paused):
            break
    return events


@pytest.mark.parametrize("values", [*NATIVE, *TORCH], ids=lambda values: values["architecture"])
def test_pauses_at_random_moments_change_no_bit(tiny, tmp_path, monkeypatch, values) -> None:
    # One step a call of native code, so that there are moments between them.
    monkeypatch.setattr(steps, "BLOCK", 4)
    values = TINY | values
    uninterrupted = events_of(values, tiny, tmp_path / "whole", log_every=2)
    native = lanes.native() is not None and not torch.cuda.is_available() and values in [TINY | one for one in NATIVE]
    assert uninterrupted[0].environment["engine"] == ("lanes" if native else "torch")
    chosen = random.Random(values["architecture"])
    for attempt in range(3):
        parts = tmp_path / f"parts {attempt}"
        events = trained_in_parts(values, tiny, parts, [chosen.randint(1, 7) for _ in range(50)])
        assert sum(isinstance(event, Paused) for event in events) >= 2
        assert told(events) == told(uninterrupted)
        assert kept_alike(parts, tmp_path / "whole")


@pytest.mark.parametrize("values", [NATIVE[0], TORCH[0]], ids=["native", "torch"])
def test_a_pause_at_any_moment_changes_no_bit(tiny, tmp_path, monkeypatch, values) -> None:
    monkeypatch.setattr(steps, "BLOCK", 4)
    values = TINY | values | {"epochs": 2, "watch_test": True}
    uninterrupted = events_of(values, tiny, tmp_path / "whole", log_every=2)
    stops = set()
    for looks in range(1, 100):
        parts = tmp_path / f"{looks}"
        first = events_of(values, tiny, parts, log_every=2, pause=after(looks))
        if not isinstance(first[-1], Paused):
            break
        second = events_of(values, tiny, parts, log_every=2)
        assert told([*first, *second]) == told(uninterrupted)
        assert kept_alike(parts, tmp_path / "whole")
        stops.add((first[-1].epoch, first[-1].step))
    # Every step, and before and within the evaluation.
    assert stops == {(epoch, step) for epoch in (1, 2) for step in range(5)}


def test_before_the_first_step_there_is_nothing_to_save(tmp_path) -> None:
    events = events_of(MLP, tmp_path, tmp_path / "run", pause=lambda: True)
    assert [type(event) for event in events] == [Started, Paused]
    assert events[-1] == Paused(epoch=1, step=0)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["samples.png"]


def test_between_epochs_all_is_saved_already(tmp_path) -> None:
    asked = False
    events = train(resolve(MLP), data_dir=tmp_path, run_dir=tmp_path / "run", pause=lambda: asked)
    for event in events:
        if isinstance(event, EpochFinished):
            asked = True
            before = (tmp_path / "run" / "last.pt").read_bytes()
    assert event == Paused(epoch=2, step=0)
    assert (tmp_path / "run" / "last.pt").read_bytes() == before


def test_reports_come_at_the_steps_at_which_they_would_have(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(steps, "BLOCK", 64)
    events = events_of(MLP, tmp_path, tmp_path / "run", log_every=10, pause=after(15))
    assert events[-1] == Paused(epoch=1, step=14)
    events += events_of(MLP, tmp_path, tmp_path / "run", log_every=10, pause=after(8))
    assert events[-1] == Paused(epoch=1, step=21)
    assert [event.step for event in events if isinstance(event, StepLogged)] == [10, 20]


def test_a_training_that_is_killed_after_a_pause_goes_on_from_the_pause(tmp_path) -> None:
    whole = events_of(MLP, tmp_path, tmp_path / "whole", log_every=5)
    first = events_of(MLP, tmp_path, tmp_path / "run", log_every=5, pause=after(4))
    with closing(train(resolve(MLP), data_dir=tmp_path, run_dir=tmp_path / "run", log_every=1)) as events:
        next(event for event in events if isinstance(event, StepLogged))
    last = events_of(MLP, tmp_path, tmp_path / "run", log_every=5)
    assert (last[0].resumed_epoch, last[0].resumed_step) == (first[-1].epoch - 1, first[-1].step)
    assert told([*first, *last]) == told(whole)


def test_seconds_are_those_of_all_parts(tmp_path) -> None:
    events_of(MLP, tmp_path, tmp_path / "run", pause=after(2))
    before = load_last(tmp_path / "run")["middle"]["seconds"]
    epoch = next(e for e in events_of(MLP, tmp_path, tmp_path / "run") if isinstance(e, EpochFinished))
    assert epoch.seconds > before > 0


def test_a_loss_that_is_no_number_is_not_saved_by_a_pause(tmp_path) -> None:
    wild = {"architecture": "cnn", "dataset": "digits", "learning_rate": 100.0, "weight_decay": 10.0, "dropout": 0.1}
    with pytest.raises(NonFiniteLoss, match=r"at epoch 1, step \d+"):
        events_of(wild, tmp_path, tmp_path / "run", log_every=1000, pause=after(20))
    assert not (tmp_path / "run" / "last.pt").exists()
