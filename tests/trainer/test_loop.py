"""The events of a training, and that a configuration alone decides its result."""

import dataclasses
import re
from contextlib import closing
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from trainer import epoch, steps
from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last
from trainer.digits import digits
from trainer.errors import DeviceUnavailable, DoesNotFit, NonFiniteLoss, OutOfMemory
from trainer.events import CheckpointSaved, EpochFinished, Event, Finished, Started, StepLogged
from trainer.loop import train


def without_time(events: list[Event]) -> list[dict[str, Any]]:
    """Events as plain values, less wall time and paths."""
    ignored = {"seconds", "images_per_second", "path"}
    return [{k: v for k, v in dataclasses.asdict(event).items() if k not in ignored} for event in events]


def test_events_come_in_their_order(training) -> None:
    events = training(epochs=2, log_every=10)
    kinds = [type(event) for event in events if not isinstance(event, CheckpointSaved)]
    epoch = [StepLogged, StepLogged, EpochFinished]
    assert kinds == [Started, *epoch, *epoch, Finished]
    for event, following in pairwise(events):
        if isinstance(event, EpochFinished):
            assert event.best == isinstance(following, CheckpointSaved)
    assert [event.step for event in events if isinstance(event, StepLogged)] == [10, 20] * 2


def test_the_start_says_what_is_trained_on(training) -> None:
    started = training(epochs=1)[0]
    assert (started.train_images, started.validation_images, started.test_images) == (1295, 142, 360)
    assert started.steps_per_epoch == 21  # 1,295 images in batches of 64, the last one smaller
    assert (started.selection, started.parameters, started.shape) == ("validation", 6442, (1, 28, 28))
    assert {"torch", "python", "device", "dataset", "threads"} <= set(started.environment)


def test_nothing_held_out_selects_on_the_test_split(training) -> None:
    events = training(epochs=1, validation_fraction=0.0)
    epoch = next(event for event in events if isinstance(event, EpochFinished))
    assert events[0].selection == "test"
    assert epoch.validation_accuracy is None
    assert epoch.test_accuracy == events[-1].test_accuracy == events[-1].best_accuracy


def test_confusion_counts_every_image_in_the_row_of_its_class(training) -> None:
    finished = training(epochs=1)[-1]
    assert [sum(row) for row in finished.confusion] == np.bincount(digits().test_labels).tolist()
    assert sum(row[i] for i, row in enumerate(finished.confusion)) / 360 == finished.test_accuracy


def test_the_network_learns(training) -> None:
    assert training(architecture="lenet", epochs=8)[-1].test_accuracy > 0.85


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"architecture": "lenet", "augment": True, "permute": True, "optimizer": "adamw", "schedule": "onecycle"},
        {"label_smoothing": 0.1, "deterministic": True},
        {"precision": "bf16", "architecture": "cnn", "schedule": "cosine"},
    ],
)
def test_the_same_configuration_gives_the_same_bits(training, tmp_path, values) -> None:
    first = training(folder="first", **values)
    torch.randn(10)  # the global generator must not matter
    second = training(folder="second", **values)
    assert without_time(first) == without_time(second)
    one, two = (load_best(tmp_path / name)[0] for name in ("first", "second"))
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"shuffle": False},
        {"augment": True},
        {"permute": True},
        {"label_smoothing": 0.1},
        {"schedule": "cosine"},
        {"batch_size": 32},
        {"weight_decay": 0.1},
        {"momentum": 0.9},
        {"optimizer": "adam"},
    ],
)
def test_every_setting_reaches_the_training(training, changed) -> None:
    plain, other = training(folder="plain"), training(folder="other", **changed)
    assert plain[-1].test_loss != other[-1].test_loss


def test_how_often_is_reported_changes_no_result(training) -> None:
    runs = [training(folder=f"every {steps}", log_every=steps) for steps in (1, 7, 1000)]
    results = [[event for event in without_time(run) if "best_epoch" in event or "best" in event] for run in runs]
    assert results[0] == results[1] == results[2]
    by_step = [event for event in runs[0] if isinstance(event, StepLogged)]
    by_seven = next(event for event in runs[1] if isinstance(event, StepLogged))
    assert by_seven.loss == pytest.approx(np.mean([event.loss for event in by_step[:7]]))
    assert by_seven.accuracy == by_step[6].accuracy


def test_permutation_before_or_after_storing_makes_no_difference(training, monkeypatch) -> None:
    """Without a crop, permuting batch by batch (as augmented runs do) equals the images permuted once."""
    folded = training(folder="folded", permute=True)
    centre = torch.tensor([[4, 4, 0]])
    monkeypatch.setattr(steps.augment, "draw", lambda _seed, _epoch, images, _padding: centre.expand(images, 3))
    batched = training(folder="batched", permute=True, augment=True)
    assert batched[-1].test_loss == folded[-1].test_loss


def test_the_global_state_of_torch_is_left_as_it_was(training) -> None:
    before = torch.get_rng_state()
    training(deterministic=True, augment=True)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.are_deterministic_algorithms_enabled()


def test_closing_stops_and_cleans_up(tmp_path) -> None:
    config = resolve({"architecture": "mlp", "dataset": "digits", "deterministic": True})
    with closing(train(config, data_dir=tmp_path, run_dir=tmp_path / "run", log_every=1)) as events:
        assert isinstance(next(events), Started)
        assert isinstance(next(events), StepLogged)
        assert torch.are_deterministic_algorithms_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["samples.png"]


def test_the_best_epoch_is_kept_when_a_later_one_is_worse(training, tmp_path, monkeypatch) -> None:
    accuracies, measure = [0.1, 0.9, 0.9, 0.5], epoch.evaluate

    def scripted(*arguments: Any) -> Any:
        measured = measure(*arguments)
        return dataclasses.replace(measured, accuracy=accuracies.pop(0)) if accuracies else measured

    monkeypatch.setattr(epoch, "evaluate", scripted)
    events = training(epochs=4)
    assert [event.best for event in events if isinstance(event, EpochFinished)] == [True, True, False, False]
    assert [event.epoch for event in events if isinstance(event, CheckpointSaved)] == [1, 2]
    assert (events[-1].best_epoch, events[-1].best_accuracy) == (2, 0.9)
    weights, description = load_best(tmp_path / "run")
    last = load_last(tmp_path / "run")
    assert (description.epoch, last["epoch"]) == (2, 4)
    assert any(not torch.equal(weights[name], last["model"][name]) for name in weights)


def test_best_and_last_are_compared_image_by_image(training, monkeypatch) -> None:
    right: list[torch.Tensor] = []
    measure = epoch.evaluate

    def noted(*arguments: Any) -> Any:
        measured = measure(*arguments)
        right.append(measured.predicted == arguments[1].labels)
        # The first of four epochs is the best by far.
        return dataclasses.replace(measured, accuracy=0.99) if len(right) == 1 else measured

    monkeypatch.setattr(epoch, "evaluate", noted)
    finished = training(epochs=4)[-1]
    assert finished.best_epoch == 1
    last, best = right[-2:]
    pairs = list(zip(best.tolist(), last.tolist(), strict=True))
    assert (finished.only_best, finished.only_last) == (pairs.count((True, False)), pairs.count((False, True)))
    assert finished.only_last > 0
    difference = finished.last_test_accuracy - finished.test_accuracy
    assert difference * 360 == pytest.approx(finished.only_last - finished.only_best)
    assert finished.last_test_loss != finished.test_loss


def test_the_last_epoch_is_tested_once_where_it_is_the_best(training, monkeypatch) -> None:
    tested, measure = [], epoch.evaluate

    def noted(*arguments: Any) -> Any:
        tested.append(len(arguments[1]))
        return measure(*arguments)

    monkeypatch.setattr(epoch, "evaluate", noted)
    finished = training(epochs=1)[-1]
    assert tested == [142, 360]
    assert (finished.only_best, finished.only_last) == (0, 0)
    assert (finished.last_test_loss, finished.last_test_accuracy) == (finished.test_loss, finished.test_accuracy)


def test_watching_the_test_split_changes_no_bit_and_chooses_nothing(training, tmp_path) -> None:
    unseen, watched = training(folder="unseen", epochs=3), training(folder="watched", epochs=3, watch_test=True)
    epochs = [event for event in watched if isinstance(event, EpochFinished)]
    assert all(event.test_accuracy is not None and event.validation_accuracy is not None for event in epochs)
    assert epochs[-1].test_accuracy == watched[-1].last_test_accuracy
    blank = {"test_loss": None, "test_accuracy": None}
    told = [event | blank if "best" in event else event for event in without_time(watched)]
    assert told == without_time(unseen)
    one, other = (load_last(tmp_path / name)["model"] for name in ("unseen", "watched"))
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("log_every", [1, 4, 1000])
def test_a_loss_that_is_no_number_stops_the_run_and_names_the_step(training, tmp_path, log_every) -> None:
    with pytest.raises(NonFiniteLoss) as stopped:
        training(architecture="cnn", learning_rate=100.0, weight_decay=10.0, log_every=log_every)
    assert re.search(r"became (nan|inf) at epoch 1, step \d+\. Lower the learning rate", str(stopped.value))
    assert not (tmp_path / "run" / "last.pt").exists()


def test_the_step_that_failed_is_told_exactly(training) -> None:
    messages = set()
    for log_every in (1, 1000):
        with pytest.raises(NonFiniteLoss) as stopped:
            training(architecture="cnn", learning_rate=100.0, weight_decay=10.0, log_every=log_every)
        messages.add(str(stopped.value))
    assert len(messages) == 1


def test_running_out_of_memory_says_what_to_lower(training, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(steps.F, "cross_entropy", lambda *_, **__: full())
    with pytest.raises(OutOfMemory, match=r"Lower batch_size \(now 64\)"):
        training()


def test_other_errors_are_not_taken_for_memory(training, monkeypatch) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(steps.F, "cross_entropy", wrong)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        training()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine's GPU answers")
def test_a_device_that_is_not_there_is_refused_with_what_is(training) -> None:
    with pytest.raises(DeviceUnavailable, match="only the CPU"):
        training(device="cuda")


def test_images_that_are_too_small_are_refused(training, tmp_path) -> None:
    images = np.zeros((4, 8, 8), dtype=np.uint8)
    labels, classes = np.array([0, 1, 0, 1]), np.array(["a", "b"])
    np.savez(
        tmp_path / "tiny.npz",
        train_images=images,
        train_labels=labels,
        test_images=images,
        test_labels=labels,
        classes=classes,
    )
    with pytest.raises(DoesNotFit, match="LeNet-5 takes images of at least 12x12"):
        training(architecture="lenet", dataset="tiny")
