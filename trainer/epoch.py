"""One pass over the training split: in torch, a step at a time, or in native code where a network has that."""

import math
from collections.abc import Generator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer import augment
from trainer.config import RunConfig
from trainer.errors import NonFiniteLoss
from trainer.events import StepLogged
from trainer.models.dropout import begin_epoch
from trainer.observers import Observer
from trainer.optim import learning_rate, set_learning_rate
from trainer.randomness import stream
from trainer.run import Run

# Images a call of native code, so that a training which is to stop does so soon: a third of a second of LeNet.
BLOCK = 8192


@dataclass
class Pass:
    """One pass over the training split: its order, its crops and flips, and what the steps so far have given.

    `losses` is float32 (steps,), `hits` the number of images classified rightly, int64 (); both on the device, which
    is waited for only when they are reported.
    """

    epoch: int
    order: Tensor
    draws: Tensor | None
    losses: Tensor
    hits: Tensor

    @classmethod
    def begin(cls, run: Run, epoch: int) -> "Pass":
        config, device, count = run.config, run.numerics.device, len(run.train)
        return cls(
            epoch=epoch,
            order=order_of(config, epoch, count).to(run.train.labels.device),
            draws=augment.draw(config.seed, epoch, count, config.crop_padding).to(device) if config.augment else None,
            losses=torch.zeros(run.steps, device=device),
            hits=torch.zeros((), dtype=torch.int64, device=device),
        )


def train_epoch(run: Run, epoch: int, log_every: int) -> Generator[StepLogged, None, tuple[float, float, float]]:
    """One pass over the training split; returns mean loss, accuracy and the last learning rate."""
    count, batch = len(run.train), run.config.batch_size
    this = Pass.begin(run, epoch)
    begin_epoch(run.model, run.config.seed, epoch, run.numerics.device)
    run.model.train()
    for begin in range(0, run.steps, log_every):
        end = min(begin + log_every, run.steps)
        reports = end - begin == log_every
        if run.lanes is None:
            take_steps(run, this, begin, end, run.observer if reports else None)
        else:
            lane_steps(run, this, begin, end)
        rate = rate_at(run, epoch, end - 1)
        mean = _mean(this.losses[begin:end], epoch, begin)
        if reports:
            accuracy = int(this.hits) / min(end * batch, count)
            seen = run.observer.read() if run.observer is not None else {}
            yield StepLogged(epoch=epoch, step=end, loss=mean, accuracy=accuracy, learning_rate=rate, **seen)
    # The last batch may be smaller: each image counts the same.
    weights = torch.full_like(this.losses, batch)
    weights[-1] = count - (run.steps - 1) * batch
    return float((this.losses * weights).sum()) / count, int(this.hits) / count, rate


def take_steps(run: Run, this: Pass, begin: int, end: int, observer: Observer | None = None) -> None:
    """Steps begin..end as torch runs them, one at a time: the reference that faster ways must equal.

    The observer, where one is given, looks into the last of them.
    """
    config, device, batch = run.config, run.numerics.device, run.config.batch_size
    for step in range(begin, end):
        chosen = this.order[step * batch : (step + 1) * batch]
        draws = this.draws[step * batch : (step + 1) * batch] if this.draws is not None else None
        labels = run.train.labels[chosen].to(device)
        images = run.augmented(run.train.images[chosen].to(device), draws)
        set_learning_rate(run.optimizer, rate_at(run, this.epoch, step))
        if observer is not None and step == end - 1:
            observer.arm()
        with run.numerics.autocast():
            logits = run.model(images)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=config.label_smoothing)
        run.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimizer.step()
        if run.average is not None:
            run.average.update(run.model)
        this.losses[step] = loss.detach()
        this.hits += (logits.detach().argmax(1) == labels).sum()


def lane_steps(run: Run, this: Pass, begin: int, end: int) -> None:
    """The same steps in native code, several a call."""
    assert run.lanes is not None
    batch, images = run.config.batch_size, run.train.images
    for first in range(begin, end, block := max(1, BLOCK // batch)):
        last = min(first + block, end)
        chosen = this.order[first * batch : last * batch]
        if this.draws is None:
            source, labels = images, run.train.labels
        else:
            source, labels = images[chosen], run.train.labels[chosen]
            source = run.augmented.arrange(source, this.draws[first * batch : last * batch])
            chosen = torch.arange(len(chosen))
        rates = [rate_at(run, this.epoch, step) for step in range(first, last)]
        steps_before = (this.epoch - 1) * run.steps + first
        this.losses[first:last], hits = run.lanes.train(source, labels, chosen, rates, steps_before)
        this.hits += hits
    set_learning_rate(run.optimizer, rates[-1])


def rate_at(run: Run, epoch: int, step: int) -> float:
    """The learning rate of a step, which counts from 0 in its epoch."""
    return learning_rate(run.config, ((epoch - 1) * run.steps + step) / (run.config.epochs * run.steps))


def order_of(config: RunConfig, epoch: int, count: int) -> Tensor:
    if not config.shuffle:
        return torch.arange(count)
    return torch.randperm(count, generator=stream(config.seed, "order", epoch))


def _mean(losses: Tensor, epoch: int, before: int) -> float:
    """The mean of the steps after `before`. Raises NonFiniteLoss naming the first that is not finite."""
    values: list[float] = losses.tolist()
    for step, value in enumerate(values, start=before + 1):
        check_finite(value, f"at epoch {epoch}, step {step}")
    return sum(values) / max(1, len(values))


def check_finite(loss: float, where: str) -> None:
    if not math.isfinite(loss):
        raise NonFiniteLoss(
            f"The loss became {loss} {where}. Lower the learning rate (or its schedule's peak), or choose "
            "precision fp32. The best checkpoint before it is kept."
        )
