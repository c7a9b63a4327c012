"""The training: a configuration in, events out. It prints nothing, and closing it stops it at the next step."""

import platform
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch

from trainer import samples
from trainer.checkpoint import BEST, load_best, put, save_best, save_last
from trainer.config import RunConfig
from trainer.data import DataSet, Split, prepare
from trainer.device import device_name, memory_advice, pick, settings
from trainer.epoch import check_finite, train_epoch
from trainer.evaluate import Evaluation, evaluate
from trainer.events import CheckpointSaved, EpochFinished, Event, Finished, Preparing, Started
from trainer.models import count_parameters
from trainer.run import Run


def train(
    config: RunConfig, *, data_dir: Path, run_dir: Path, mirror: str | None = None, log_every: int = 100
) -> Generator[Event, None, None]:
    """Trains, yielding each event when what it tells is true, checkpoints on disk included.

    `run_dir` takes best.safetensors, last.pt and samples.png; a last.pt of the same configuration is resumed,
    and the events of its newest epoch are told again, right after Started.
    `log_every` is in optimiser steps and changes no result. Raises TrainingError.
    """
    numerics = pick(config)
    data = yield from prepare(config.dataset, data_dir, mirror)
    with settings(numerics, deterministic=config.deterministic), memory_advice(config):
        run = Run.start(config, data, numerics)
        if problem := run.resume(run_dir):
            yield Preparing(message=problem)
        run.take_lanes()
        samples.write(run_dir, data.train, run.permutation)
        yield _started(run, data)
        # It may have been killed after saving its newest epoch and before anybody heard of it.
        if run.newest is not None:
            yield from _tell(run, run.newest, run_dir)

        for epoch in range(run.epoch + 1, config.epochs + 1):
            began = time.perf_counter()
            loss, accuracy, rate = yield from train_epoch(run, epoch, log_every)
            seconds = time.perf_counter() - began

            measured = _measure(run, run.selection)
            check_finite(measured.loss, f"on the {run.selection_name} split after epoch {epoch}")
            best = measured.accuracy > run.best_accuracy
            run.epoch = epoch
            if best:
                run.best_epoch, run.best_accuracy = epoch, measured.accuracy
                save_best(run_dir, run.judged, run.description())
            run.newest = EpochFinished(
                epoch=epoch,
                train_loss=loss,
                train_accuracy=accuracy,
                **_figures(run, measured),
                learning_rate=rate,
                seconds=seconds,
                images_per_second=len(run.train) / seconds,
                confusion=measured.confusion,
                best=best,
            )
            save_last(run_dir, run.progress())
            yield from _tell(run, run.newest, run_dir)

        yield _tested(run, run_dir)


def _measure(run: Run, split: Split) -> Evaluation:
    return evaluate(run.judged, split, run.inputs, run.numerics, len(run.data.classes), run.mirror)


def _figures(run: Run, measured: Evaluation) -> dict[str, float | None]:
    """Loss and accuracy of both splits, None for one that was not measured."""
    by_split = {run.selection_name: measured}
    if run.config.watch_test:
        # After the choice is made and saved: it cannot have a say in it.
        by_split["test"] = _measure(run, run.test)
        check_finite(by_split["test"].loss, f"on the test split after epoch {run.epoch}")
    names = ("validation_loss", "validation_accuracy", "test_loss", "test_accuracy")
    figures: dict[str, float | None] = dict.fromkeys(names)
    for split, found in by_split.items():
        figures |= {f"{split}_loss": found.loss, f"{split}_accuracy": found.accuracy}
    return figures


def _tested(run: Run, run_dir: Path) -> Finished:
    """The best checkpoint on the test split, beside the last epoch's weights, which the network still has."""
    # What the file says counts: after a crash between the two checkpoints it is ahead of last.pt.
    weights, found = load_best(run_dir)
    last = _measure(run, run.test) if found.epoch != run.epoch else None
    put(weights, run.judged, run_dir / BEST)
    best = _measure(run, run.test)
    last = last or best
    return Finished(
        best_epoch=found.epoch,
        best_accuracy=found.accuracy,
        test_loss=best.loss,
        test_accuracy=best.accuracy,
        last_test_loss=last.loss,
        last_test_accuracy=last.accuracy,
        only_best=int((best.correct & ~last.correct).sum()),
        only_last=int((last.correct & ~best.correct).sum()),
        confusion=best.confusion,
    )


def _tell(run: Run, newest: EpochFinished, run_dir: Path) -> Iterator[Event]:
    yield newest
    if newest.best:
        yield CheckpointSaved(epoch=run.best_epoch, accuracy=run.best_accuracy, path=str(run_dir / BEST))


def _started(run: Run, data: DataSet) -> Started:
    return Started(
        parameters=count_parameters(run.model),
        device=run.numerics.device.type,
        precision=run.numerics.precision,
        steps_per_epoch=run.steps,
        train_images=len(run.train),
        validation_images=len(run.selection) if run.selection_name == "validation" else 0,
        test_images=len(run.test),
        shape=data.shape,
        classes=data.classes,
        selection=run.selection_name,
        environment={
            "torch": torch.__version__,
            "python": platform.python_version(),
            "device": device_name(run.numerics.device),
            "threads": run.numerics.threads if run.lanes is None else run.lanes.threads,
            "engine": "torch" if run.lanes is None else "lanes",
            "dataset": data.fingerprint,
        },
        resumed_epoch=run.epoch,
    )
