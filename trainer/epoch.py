"""One epoch: its steps and their reports, the evaluation after them, the checkpoints."""

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch

from trainer.checkpoint import Middle, save_best, save_last
from trainer.data import Split
from trainer.evaluate import Evaluation, evaluate
from trainer.events import CheckpointSaved, EpochFinished, Evaluating, Event, StepLogged
from trainer.folder import BEST, RunFolder
from trainer.pausing import Look, go_on
from trainer.run import Run
from trainer.steps import Pass, check_finite, lane_steps, rate_at, take_steps


def finish_epoch(
    run: Run, this: Pass, folder: RunFolder, log_every: int, look: Look, *, tells_evaluation: bool
) -> Iterator[Event]:
    """What is left of an epoch: its steps, the evaluation, the checkpoints. Raises what `look` raises, and nothing
    but `this` has moved on then."""
    loss, accuracy, rate = yield from train_epoch(run, this, log_every, look)
    if tells_evaluation:
        yield Evaluating(epoch=this.epoch, split=run.selection_name)
    # Before anything is decided, so that a pause in here leaves all of it to be done again.
    measured = measure(run, run.selection, look)
    check_finite(measured.loss, f"on the {run.selection_name} split after epoch {this.epoch}")
    figures = _figures(run, this.epoch, measured, look)

    best = measured.accuracy > run.best_accuracy
    run.epoch = this.epoch
    if best:
        run.best_epoch, run.best_accuracy = this.epoch, measured.accuracy
        save_best(folder, run.judged.state_dict(), run.description())
    run.newest = EpochFinished(
        epoch=this.epoch,
        train_loss=loss,
        train_accuracy=accuracy,
        **figures,
        learning_rate=rate,
        seconds=this.seconds,
        images_per_second=len(run.train) / this.seconds,
        confusion=measured.confusion,
        best=best,
    )
    save(run, folder)
    yield from tell(run, run.newest, folder.path)


def train_epoch(
    run: Run, this: Pass, log_every: int, look: Look = go_on
) -> Generator[StepLogged, None, tuple[float, float, float]]:
    """The steps of a pass that are left; returns mean loss, accuracy and the last learning rate.

    `look` is called between steps; what it raises ends the pass, which then knows where it stands.
    """
    count, batch = len(run.train), run.config.batch_size
    began = time.perf_counter() - this.seconds
    run.model.train()
    try:
        # The same reports at the same steps, wherever it is taken up.
        for begin in range(this.step // log_every * log_every, run.steps, log_every):
            end = min(begin + log_every, run.steps)
            reports = end - begin == log_every
            if run.lanes is None:
                take_steps(run, this, max(begin, this.step), end, run.observer if reports else None, look)
            else:
                lane_steps(run, this, max(begin, this.step), end, look)
            mean = this.mean(begin, end)
            if reports:
                accuracy = int(this.hits) / min(end * batch, count)
                seen = run.observer.read() if run.observer is not None else {}
                rate = rate_at(run, this.epoch, end - 1)
                yield StepLogged(epoch=this.epoch, step=end, loss=mean, accuracy=accuracy, learning_rate=rate, **seen)
    finally:
        this.seconds = time.perf_counter() - began
    # The last batch may be smaller: each image counts the same.
    weights = torch.full_like(this.losses, batch)
    weights[-1] = count - (run.steps - 1) * batch
    loss, accuracy = float((this.losses * weights).sum()) / count, int(this.hits) / count
    return loss, accuracy, rate_at(run, this.epoch, run.steps - 1)


def save(run: Run, folder: RunFolder, middle: Middle | None = None) -> None:
    """Writes last.pt. What becomes previous.pt is a finished epoch's, never the middle of one."""
    save_last(folder, run.progress(middle), keep=run.middle is None)
    run.middle = middle


def measure(run: Run, split: Split, look: Look) -> Evaluation:
    """The network that is judged, on one of the run's splits."""
    return evaluate(run.judged, split, run.inputs, run.numerics, len(run.data.classes), run.mirror, look)


def _figures(run: Run, epoch: int, measured: Evaluation, look: Look) -> dict[str, float | None]:
    """Loss and accuracy of both splits, None for one that was not measured."""
    by_split = {run.selection_name: measured}
    if run.config.watch_test:
        by_split["test"] = measure(run, run.test, look)
        check_finite(by_split["test"].loss, f"on the test split after epoch {epoch}")
    names = ("validation_loss", "validation_accuracy", "test_loss", "test_accuracy")
    figures: dict[str, float | None] = dict.fromkeys(names)
    for split, found in by_split.items():
        figures |= {f"{split}_loss": found.loss, f"{split}_accuracy": found.accuracy}
    return figures


def tell(run: Run, newest: EpochFinished, run_dir: Path) -> Iterator[Event]:
    """The events of an epoch whose checkpoints are saved."""
    yield newest
    if newest.best:
        yield CheckpointSaved(epoch=run.best_epoch, accuracy=run.best_accuracy, path=str(run_dir / BEST))
