"""The training: a configuration in, events out. It prints nothing, and closing it stops it at the next step."""

import math
import platform
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer import augment, samples
from trainer.checkpoint import BEST, load_best, save_best, save_last
from trainer.config import RunConfig
from trainer.data import DataSet, prepare
from trainer.device import device_name, memory_advice, pick, settings
from trainer.errors import NonFiniteLoss
from trainer.evaluate import evaluate
from trainer.events import CheckpointSaved, EpochFinished, Event, Finished, Preparing, Started, StepLogged
from trainer.models import count_parameters
from trainer.optim import set_learning_rate
from trainer.randomness import stream
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
            loss, accuracy, rate = yield from _train_epoch(run, epoch, log_every)
            seconds = time.perf_counter() - began

            measured = evaluate(run.model, run.selection, run.inputs, numerics, len(data.classes))
            _check_finite(measured.loss, f"on the {run.selection_name} split after epoch {epoch}")
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


def _train_epoch(run: Run, epoch: int, log_every: int) -> Generator[StepLogged, None, tuple[float, float, float]]:
    """One pass over the training split; returns mean loss, accuracy and the last learning rate.

    Losses and hits pile up in tensors on the device; the device is waited for only when they are reported.
    """
    config, device, count = run.config, run.numerics.device, len(run.train)
    order = _order(config, epoch, count).to(run.train.labels.device)
    draws = augment.draw(config.seed, epoch, count).to(device) if config.augment else None
    losses = torch.zeros(run.steps, device=device)
    hits = torch.zeros((), dtype=torch.int64, device=device)
    reported, rate = 0, config.learning_rate
    run.model.train()
    for step in range(run.steps):
        begin, end = step * config.batch_size, min((step + 1) * config.batch_size, count)
        chosen = order[begin:end]
        labels = run.train.labels[chosen].to(device)
        images = run.augmented(run.train.images[chosen].to(device), draws[begin:end] if draws is not None else None)
        rate = set_learning_rate(run.optimizer, config, ((epoch - 1) * run.steps + step) / (config.epochs * run.steps))
        with run.numerics.autocast():
            logits = run.model(images)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=config.label_smoothing)
        run.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimizer.step()
        losses[step] = loss.detach()
        hits += (logits.detach().argmax(1) == labels).sum()

        if (step + 1) % log_every == 0:
            mean = _mean(losses[reported : step + 1], epoch, reported)
            reported = step + 1
            yield StepLogged(epoch=epoch, step=reported, loss=mean, accuracy=int(hits) / end, learning_rate=rate)
    _mean(losses[reported:], epoch, reported)
    # The last batch may be smaller: each image counts the same.
    weights = torch.full_like(losses, config.batch_size)
    weights[-1] = count - (run.steps - 1) * config.batch_size
    return float((losses * weights).sum()) / count, int(hits) / count, rate


def _order(config: RunConfig, epoch: int, count: int) -> Tensor:
    if not config.shuffle:
        return torch.arange(count)
    return torch.randperm(count, generator=stream(config.seed, "order", epoch))


def _mean(losses: Tensor, epoch: int, before: int) -> float:
    """The mean of the steps after `before`. Raises NonFiniteLoss naming the first that is not finite."""
    values: list[float] = losses.tolist()
    for step, value in enumerate(values, start=before + 1):
        _check_finite(value, f"at epoch {epoch}, step {step}")
    return sum(values) / max(1, len(values))


def _check_finite(loss: float, where: str) -> None:
    if not math.isfinite(loss):
        raise NonFiniteLoss(
            f"The loss became {loss} {where}. Lower the learning rate (or its schedule's peak), or choose "
            "precision fp32. The best checkpoint before it is kept."
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
            "torch": torch.__version__,
            "python": platform.python_version(),
            "device": device_name(run.numerics.device),
            "threads": torch.get_num_threads(),
            "dataset": data.fingerprint,
        },
        resumed_epoch=run.epoch,
    )
