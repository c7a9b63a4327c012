"""The steps of one pass over the training split: in torch, one at a time, or in native code where there is some."""

import math
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer import augment
from trainer.checkpoint import Middle
from trainer.config import RunConfig
from trainer.errors import NonFiniteLoss
from trainer.models.dropout import begin_epoch
from trainer.observers import Observer
from trainer.optim import set_learning_rate
from trainer.pausing import Look, go_on
from trainer.randomness import stream
from trainer.run import Run
from trainer.schedules import learning_rate

# Images a call of native code, so that a training which is to stop does so soon: a third of a second of LeNet.
BLOCK = 8192


@dataclass
class Pass:
    """One pass over the training split: its order, its crops and flips, and what the steps so far have given.

    `losses` is float32 (steps,), `hits` the number of images classified rightly, int64 (); both on the device, which
    is waited for only when they are reported. `step` counts the steps that are done, `seconds` what they took.
    """

    epoch: int
    order: Tensor
    draws: Tensor | None
    # What dropout draws from.
    generator: torch.Generator | None
    losses: Tensor
    hits: Tensor
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def begin(cls, run: Run, epoch: int) -> "Pass":
        """At the first step, or at the one that the run's checkpoint stopped before."""
        config, device, count = run.config, run.numerics.device, len(run.train)
        began = time.perf_counter()
        this = cls(
            epoch=epoch,
            order=order_of(config, epoch, count).to(run.train.labels.device),
            draws=augment.draw(config.seed, epoch, count, config.crop_padding).to(device) if config.augment else None,
            generator=begin_epoch(run.model, config.seed, epoch, device),
            losses=torch.zeros(run.steps, device=device),
            hits=torch.zeros((), dtype=torch.int64, device=device),
        )
        if run.middle is not None:
            this._take_up(run.middle)
        this.seconds += time.perf_counter() - began
        return this

    def _take_up(self, middle: Middle) -> None:
        self.step, self.seconds = middle["step"], middle["seconds"]
        self.losses[: self.step] = middle["losses"].to(self.losses.device)
        self.hits += middle["hits"].to(self.hits.device)
        if self.generator is not None:
            self.generator.set_state(middle["dropout"])

    def middle(self) -> Middle:
        """Where it stands, to be taken up by another process. Raises NonFiniteLoss when it stands badly."""
        self.mean(0, self.step)
        return {
            "step": self.step,
            "losses": self.losses[: self.step].clone(),
            "hits": self.hits,
            "seconds": self.seconds,
            "dropout": self.generator.get_state() if self.generator is not None else torch.empty(0),
        }

    def mean(self, begin: int, end: int) -> float:
        """The mean loss of the steps begin..end. Raises NonFiniteLoss naming the first that is not finite."""
        values: list[float] = self.losses[begin:end].tolist()
        for step, value in enumerate(values, start=begin + 1):
            check_finite(value, f"at epoch {self.epoch}, step {step}")
        return sum(values) / max(1, len(values))


def take_steps(
    run: Run, this: Pass, begin: int, end: int, observer: Observer | None = None, look: Look = go_on
) -> None:
    """Steps begin..end as torch runs them, one at a time: the reference that faster ways must equal.

    The observer, where one is given, looks into the last of them.
    """
    config, device, batch = run.config, run.numerics.device, run.config.batch_size
    for step in range(begin, end):
        look()
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
        this.step = step + 1


def lane_steps(run: Run, this: Pass, begin: int, end: int, look: Look = go_on) -> None:
    """The same steps in native code, several a call."""
    assert run.lanes is not None
    batch, images = run.config.batch_size, run.train.images
    for first in range(begin, end, block := max(1, BLOCK // batch)):
        look()
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
        this.step = last
    set_learning_rate(run.optimizer, rate_at(run, this.epoch, end - 1))


def rate_at(run: Run, epoch: int, step: int) -> float:
    """The learning rate of a step, which counts from 0 in its epoch."""
    return learning_rate(run.config, ((epoch - 1) * run.steps + step) / (run.config.epochs * run.steps))


def order_of(config: RunConfig, epoch: int, count: int) -> Tensor:
    if not config.shuffle:
        return torch.arange(count)
    return torch.randperm(count, generator=stream(config.seed, "order", epoch))


def check_finite(loss: float, where: str) -> None:
    if not math.isfinite(loss):
        raise NonFiniteLoss(
            f"The loss became {loss} {where}. Lower the learning rate (or its schedule's peak), or choose "
            "precision fp32. The best checkpoint before it is kept."
        )
