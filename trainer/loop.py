"""The training: a configuration in, events out. It prints nothing, and closing it stops it at the next step."""

import platform
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch

from trainer import samples
from trainer.checkpoint import BEST, load_best, save_best, save_last
from trainer.config import RunConfig
from trainer.data import DataSet, prepare
from trainer.device import device_name, memory_advice, pick, settings
from trainer.epoch import check_finite, train_epoch
from trainer.evaluate import evaluate
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
        samples.write(run_dir, data.train, run.permutation)
        yield _started(run, data)
        # It may have been killed after saving its newest epoch and before anybody heard of it.
        if run.newest is not None:
            yield from _tell(run, run.newest, run_dir)

        for epoch in range(run.epoch + 1, config.epochs + 1):
            began = time.perf_counter()
            loss, accuracy, rate = yield from train_epoch(run, epoch, log_every)
            seconds = time.perf_counter() - began

            measured = evaluate(run.model, run.selection, run.inputs, numerics, len(data.classes))
            check_finite(measured.loss, f"on the {run.selection_name} split after epoch {epoch}")
            best = measured.accuracy > run.best_accuracy
            run.epoch = epoch
            if best:
                run.best_epoch, run.best_accuracy = epoch, measured.accuracy
                save_best(run_dir, run.model, run.description())
            figures = {f"{run.selection_name}_loss": measured.loss, f"{run.selection_name}_accuracy": measured.accuracy}
            absent = dict.fromkeys(("validation_loss", "validation_accuracy", "test_loss", "test_accuracy"))
            run.newest = EpochFinished(
                epoch=epoch,
                train_loss=loss,
                train_accuracy=accuracy,
                **(absent | figures),
                learning_rate=rate,
                seconds=seconds,
                images_per_second=len(run.train) / seconds,
                confusion=measured.confusion,
                best=best,
            )
            save_last(run_dir, run.progress())
            yield from _tell(run, run.newest, run_dir)

        # What the file says counts: after a crash between the two checkpoints it is ahead of last.pt.
        weights, best_found = load_best(run_dir)
        run.model.load_state_dict(weights)
        tested = evaluate(run.model, run.test, run.inputs, numerics, len(data.classes))
        yield Finished(
            best_epoch=best_found.epoch,
            best_accuracy=best_found.accuracy,
            test_loss=tested.loss,
            test_accuracy=tested.accuracy,
            confusion=tested.confusion,
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
            "threads": torch.get_num_threads(),
            "dataset": data.fingerprint,
        },
        resumed_epoch=run.epoch,
    )
