"""A stopped training goes on after its last finished epoch and ends with the same bits."""

import os
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.bits import MLP, events_of, kept_alike, same, without_time
from trainer import epoch as epoch_module
from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last, load_network, save_last
from trainer.errors import CheckpointMismatch, NonFiniteLoss, OutOfMemory
from trainer.events import CheckpointSaved, EpochFinished, Finished, Started, StepLogged
from trainer.folder import RunFolder
from trainer.loop import train
from trainer.steps import order_of

LENET = {
    "architecture": "lenet",
    "dataset": "digits",
    "epochs": 4,
    "augment": True,
    "permute": True,
    "schedule": "onecycle",
}
VGG = {"architecture": "vgg11", "dataset": "colours", "epochs": 2, "batch_size": 27, "augment": True}
# All that draws numbers at once.
BUSY = {
    "dataset": "tiny",
    "batch_size": 10,
    "learning_rate": 0.01,
    "weight_decay": 0.01,
    "augment": True,
    "permute": True,
    "label_smoothing": 0.1,
    "deterministic": torch.cuda.is_available(),
}


def stop_after(values: dict[str, Any], data_dir: Path, run_dir: Path, epoch: int, steps: int) -> None:
    """Trains until `epoch` is finished and `steps` more steps are done, then closes the generator."""
    with closing(train(resolve(values), data_dir=data_dir, run_dir=run_dir, log_every=1)) as events:
        for event in events:
            if isinstance(event, EpochFinished) and event.epoch == epoch and not steps:
                return
            if isinstance(event, StepLogged) and (event.epoch, event.step) == (epoch + 1, steps):
                return
    raise AssertionError("the training ended first")


@pytest.mark.parametrize(
    ("values", "epoch", "steps"),
    [(MLP, 1, 0), (MLP, 0, 5), (LENET, 2, 0), (LENET, 3, 7), (VGG, 1, 1)],
)
def test_a_resumed_run_ends_with_the_same_bits(tmp_path, colours, values, epoch, steps) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    uninterrupted = events_of(values, colours, whole)
    stop_after(values, colours, parts, epoch, steps)
    resumed = events_of(values, colours, parts)
    assert resumed[0].resumed_epoch == epoch
    assert without_time(resumed)[1:] == without_time(uninterrupted)[-len(resumed) + 1 :]
    assert kept_alike(parts, whole)


@pytest.mark.usefixtures("no_sync")
@pytest.mark.parametrize(
    "values",
    [
        {"architecture": "mlp", "optimizer": "sgd", "momentum": 0.9, "schedule": "step", "epochs": 5},
        {"architecture": "cnn", "optimizer": "adam", "schedule": "cosine", "epochs": 4},
        {"architecture": "lenet", "optimizer": "adamw", "schedule": "onecycle", "epochs": 4, "dropout": 0.3},
        {
            "architecture": "vgg11",
            "optimizer": "sgd",
            "momentum": 0.9,
            "schedule": "onecycle",
            "epochs": 3,
            "dropout": 0.3,
        },
        {"architecture": "resnet18", "optimizer": "adamw", "schedule": "constant", "epochs": 3},
        # With averaged weights, and the schedule that belongs to it.
        {"architecture": "fastvgg", "epochs": 3},
    ],
    ids=lambda values: values["architecture"],
)
def test_it_goes_on_from_every_epoch_with_the_same_bits(tiny, tmp_path, values) -> None:
    config = resolve(BUSY | values)
    whole, events = tmp_path / "whole", []
    for event in train(config, data_dir=tiny, run_dir=whole, log_every=1):
        events.append(event)
        if isinstance(event, EpochFinished):
            # Linked, not copied: a checkpoint is replaced, never written over.
            shutil.copytree(whole, tmp_path / f"after {event.epoch}", copy_function=os.link)
    for epoch in range(1, config.epochs + 1):
        parts = tmp_path / f"after {epoch}"
        resumed = list(train(config, data_dir=tiny, run_dir=parts, log_every=1))
        assert resumed[0].resumed_epoch == epoch
        assert without_time(resumed)[1:] == without_time(events)[-len(resumed) + 1 :]
        assert same(load_last(parts), load_last(whole))
        assert same(load_best(parts)[0], load_best(whole)[0])


def test_an_epoch_is_safe_before_it_is_told(tmp_path) -> None:
    for event in train(resolve(MLP), data_dir=tmp_path, run_dir=tmp_path / "run"):
        if isinstance(event, EpochFinished):
            assert load_last(tmp_path / "run")["epoch"] == event.epoch


def test_a_complete_run_is_only_tested_again(tmp_path) -> None:
    first = events_of(MLP, tmp_path, tmp_path / "run")
    again = events_of(MLP, tmp_path, tmp_path / "run")
    assert [type(event) for event in again if not isinstance(event, CheckpointSaved)] == [
        Started,
        EpochFinished,
        Finished,
    ]
    assert again[0].resumed_epoch == 3
    assert again[1:] == first[-len(again) + 1 :]


def test_an_epoch_that_was_saved_and_not_told_is_told_by_the_resumed_training(tmp_path, monkeypatch) -> None:
    uninterrupted = events_of(MLP, tmp_path, tmp_path / "whole")

    def killed(folder: RunFolder, progress: Any, *, keep: bool) -> None:
        save_last(folder, progress, keep=keep)
        if progress["epoch"] == 2:
            raise InterruptedError

    with monkeypatch.context() as patched, pytest.raises(InterruptedError):
        patched.setattr(epoch_module, "save_last", killed)
        events_of(MLP, tmp_path, tmp_path / "parts")
    resumed = events_of(MLP, tmp_path, tmp_path / "parts")
    epochs = [event for event in resumed if isinstance(event, EpochFinished)]
    assert (resumed[0].resumed_epoch, [event.epoch for event in epochs]) == (2, [2, 3])
    assert without_time(resumed)[1:] == without_time(uninterrupted)[-len(resumed) + 1 :]


def test_another_configuration_does_not_go_on_from_it(tmp_path) -> None:
    events_of(MLP, tmp_path, tmp_path / "run")
    again = events_of(MLP | {"seed": 9}, tmp_path, tmp_path / "run")
    assert "another configuration" in again[0].message
    assert again[1].resumed_epoch == 0


@pytest.mark.parametrize("left", ["last.pt", "best.safetensors", "both"])
def test_a_checkpoint_of_another_architecture_is_named_and_kept(tmp_path, left) -> None:
    run = tmp_path / "run"
    events_of(MLP | {"architecture": "cnn"}, tmp_path, run)
    if left == "last.pt":
        # The other file is this run's own.
        events_of(MLP, tmp_path, tmp_path / "own")
        (tmp_path / "own" / "best.safetensors").replace(run / "best.safetensors")
    if left == "best.safetensors":
        (run / "last.pt").unlink()
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    named = "last.pt" if left == "last.pt" else "best.safetensors"
    with pytest.raises(CheckpointMismatch, match=f"{run / named} is a checkpoint of cnn, and this run trains mlp"):
        events_of(MLP, tmp_path, run)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_a_loss_that_is_no_number_keeps_the_epochs_before_it(tmp_path) -> None:
    # One step an epoch, and a decay that makes every weight nine times as large, until the numbers end.
    growing = {"architecture": "cnn", "epochs": 99, "batch_size": 8192, "learning_rate": 1.0, "weight_decay": 10.0}
    with pytest.raises(NonFiniteLoss, match="The best checkpoint before it is kept") as stopped:
        events_of(MLP | growing, tmp_path, tmp_path / "run")
    found = re.search(r"(nan|inf) .*epoch (\d+)", str(stopped.value))
    assert found
    last = load_last(tmp_path / "run")
    assert last["epoch"] == int(found[2]) - 1 >= 1
    network, description = load_network(tmp_path / "run")
    assert (description.epoch, description.accuracy) == (last["best_epoch"], last["best_accuracy"])
    assert all(value.isfinite().all() for value in network.state_dict().values())


def test_running_out_of_memory_keeps_the_epochs_before_it(tmp_path, monkeypatch) -> None:
    def full(config: Any, epoch: int, count: int) -> torch.Tensor:
        if epoch == 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return order_of(config, epoch, count)

    with monkeypatch.context() as patched, pytest.raises(OutOfMemory, match=r"Lower batch_size \(now 64\)"):
        patched.setattr("trainer.steps.order_of", full)
        events_of(MLP, tmp_path, tmp_path / "run")
    assert load_network(tmp_path / "run")[1].epoch == 1
    assert events_of(MLP, tmp_path, tmp_path / "run")[0].resumed_epoch == 1


def test_a_configuration_without_newer_settings_goes_on(tmp_path) -> None:
    events_of(MLP, tmp_path, tmp_path / "run")
    progress = load_last(tmp_path / "run")
    for name in ("hidden", "dropout", "permutation"):
        del progress["config"][name]
    save_last(RunFolder(tmp_path / "run"), progress, keep=True)
    assert events_of(MLP, tmp_path, tmp_path / "run")[0].resumed_epoch == 3


def test_a_crash_between_the_two_checkpoints_changes_nothing(tmp_path, monkeypatch) -> None:
    uninterrupted = events_of(MLP, tmp_path, tmp_path / "whole")

    def crash(folder: RunFolder, progress: Any, *, keep: bool) -> None:
        if progress["epoch"] == 2:
            raise InterruptedError
        save_last(folder, progress, keep=keep)

    with monkeypatch.context() as patched, pytest.raises(InterruptedError):
        patched.setattr(epoch_module, "save_last", crash)
        events_of(MLP, tmp_path, tmp_path / "parts")
    assert load_best(tmp_path / "parts")[1].epoch == 2
    resumed = events_of(MLP, tmp_path, tmp_path / "parts")
    assert resumed[0].resumed_epoch == 1
    assert without_time(resumed)[-len(resumed) + 1 :] == without_time(uninterrupted)[-len(resumed) + 1 :]
