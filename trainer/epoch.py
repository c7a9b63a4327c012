"""One pass over the training split as torch runs it, a step at a time: the reference that faster ways must equal."""

import math
from collections.abc import Generator

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer import augment
from trainer.config import RunConfig
from trainer.errors import NonFiniteLoss
from trainer.events import StepLogged
from trainer.optim import set_learning_rate
from trainer.randomness import stream
from trainer.run import Run


def train_epoch(run: Run, epoch: int, log_every: int) -> Generator[StepLogged, None, tuple[float, float, float]]:
    """One pass over the training split; returns mean loss, accuracy and the last learning rate.

    Losses and hits pile up in tensors on the device; the device is waited for only when they are reported.
    """
    config, device, count = run.config, run.numerics.device, len(run.train)
    order = order_of(config, epoch, count).to(run.train.labels.device)
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
