"""The training: a configuration in, events out. It prints nothing, and closing it stops it at the next step."""

import platform
from collections.abc import Callable, Generator
from contextlib import nullcontext
from pathlib import Path

import torch

from trainer import predictions, samples
from trainer.anatomy import anatomy, flops
from trainer.atomic import Guard
from trainer.checkpoint import load_best, put
from trainer.config import RunConfig
from trainer.data import DataSet, prepare
from trainer.device import device_name, memory_advice, pick, settings
from trainer.epoch import finish_epoch, measure, save, tell
from trainer.events import Event, Finished, Paused, Preparing, Started
from trainer.folder import BEST, LAST, PREDICTIONS, PREVIOUS, RunFolder
from trainer.models import count_parameters
from trainer.pausing import Look, Pausing, never, watching
from trainer.reporting import evaluates_long, steps_between
from trainer.resume import resume
from trainer.run import Run
from trainer.steps import Pass


def train(
    config: RunConfig,
    *,
    data_dir: Path,
    run_dir: Path,
    mirror: str | None = None,
    log_every: int | None = None,
    pause: Callable[[], bool] = never,
    guard: Guard = nullcontext,
    start_over: bool = False,
) -> Generator[Event, None, None]:
    """Trains, yielding each event when what it tells is true, checkpoints on disk included.

    `run_dir` takes best.safetensors, last.pt, previous.pt, samples.png and, at the end, predictions.zip; a last.pt of
    the same configuration is resumed, and the events of its newest epoch are told again, right after Started. With
    `start_over` these files are removed instead, before Started. `log_every` is in optimiser steps and changes no
    result; by default so many that somebody who watches sees the curve move.
    `pause` is asked before every step (of native code: every 8,192 images) and every batch of an evaluation; once it
    is true, the state is saved, Paused told, and the training over.
    `guard` gives a context manager that is held around every change of a name in `run_dir`; what it raises leaves here
    with nothing changed. Raises TrainingError.
    """
    numerics = pick(config)
    data = yield from prepare(config.dataset, data_dir, mirror)
    folder, look = RunFolder(run_dir, guard), watching(pause)
    with settings(numerics, deterministic=config.deterministic), memory_advice(config):
        run = Run.start(config, data, numerics)
        folder.tidy(*((BEST, LAST, PREVIOUS, PREDICTIONS) if start_over else ()))
        for words in resume(run, folder):
            yield Preparing(message=words)
        run.take_lanes()
        samples.write(folder, data.train, run.permutation)
        yield _started(run, data)
        work = flops(anatomy(config, data.shape, len(data.classes)))
        every = log_every or steps_between(config, run.steps, work, numerics.device.type)
        images = len(run.selection) + (len(run.test) if config.watch_test else 0)
        tells = evaluates_long(images, work, numerics.device.type)
        # It may have been killed after saving its newest epoch and before anybody heard of it.
        if run.newest is not None:
            yield from tell(run, run.newest, run_dir)
        this = None
        try:
            for epoch in range(run.epoch + 1, config.epochs + 1):
                this = Pass.begin(run, epoch)
                yield from finish_epoch(run, this, folder, every, look, tells_evaluation=tells)
            finished = _tested(run, folder, look)
        except Pausing:
            yield _paused(run, this, folder)
        else:
            yield finished


def _paused(run: Run, this: Pass | None, folder: RunFolder) -> Paused:
    """Saves what an epoch in training has come to; between epochs all is saved already."""
    if this is None:
        return Paused(epoch=run.epoch, step=run.steps)
    if this.epoch > run.epoch and this.step:
        save(run, folder, this.middle())
    return Paused(epoch=this.epoch, step=this.step)


def _tested(run: Run, folder: RunFolder, look: Look) -> Finished:
    """The best checkpoint on the test split, beside the last epoch's weights, which the network still has."""
    # What the file says counts: after a crash between the two checkpoints it is ahead of last.pt.
    weights, found = load_best(folder.path)
    last = measure(run, run.test, look) if found.epoch != run.epoch else None
    put(weights, run.judged, folder.path / BEST)
    best = measure(run, run.test, look)
    last = last or best
    predictions.write(folder, run.data, best, found.epoch)
    best_right, last_right = (measured.predicted == run.test.labels for measured in (best, last))
    return Finished(
        best_epoch=found.epoch,
        best_accuracy=found.accuracy,
        test_loss=best.loss,
        test_accuracy=best.accuracy,
        last_test_loss=last.loss,
        last_test_accuracy=last.accuracy,
        only_best=int((best_right & ~last_right).sum()),
        only_last=int((last_right & ~best_right).sum()),
        confusion=best.confusion,
    )


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
            "torch": str(torch.__version__),  # of itself it is no plain string
            "python": platform.python_version(),
            "device": device_name(run.numerics.device),
            "threads": run.numerics.threads if run.lanes is None else run.lanes.threads,
            "engine": "torch" if run.lanes is None else "lanes",
            "dataset": data.fingerprint,
        },
        resumed_epoch=run.epoch,
        resumed_step=run.middle["step"] if run.middle is not None else 0,
    )
