"""A training's events as lines and a progress bar on the terminal."""

from collections.abc import Iterable
from statistics import mean, stdev

from tqdm import tqdm  # type: ignore[import-untyped]

from trainer.config import RunConfig
from trainer.events import (
    CheckpointSaved,
    EpochFinished,
    Evaluating,
    Event,
    Finished,
    Paused,
    Preparing,
    Started,
    StepLogged,
)


class Terminal:
    """Shows events; the bar runs over the whole training and is painted only where a terminal is."""

    def __init__(self) -> None:
        self.bar: tqdm | None = None
        self.message = ""
        self.steps = 0
        self.classes: tuple[str, ...] = ()
        self.selection = ""

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, event: Event, config: RunConfig) -> None:
        match event:
            case Preparing():
                self._prepare(event)
            case Started():
                self._start(event, config)
            case StepLogged(epoch=epoch, step=step, loss=loss, accuracy=accuracy):
                self._advance(epoch, step, f"loss {loss:.3f}, accuracy {accuracy:.2%}")
            case Evaluating(epoch=epoch, split=split):
                self._advance(epoch, self.steps, f"measuring on the {split} split")
            case EpochFinished():
                self._advance(event.epoch, self.steps)
                self._write(_epoch_line(event))
            case CheckpointSaved():
                pass  # the epoch's line says "best"
            case Paused(epoch=epoch, step=step):
                self.close()
                self._write(f"Paused in epoch {epoch}, after step {step} of {self.steps}.")
            case Finished():
                self._finish(event)

    def _write(self, line: str) -> None:
        tqdm.write(line)

    def _prepare(self, event: Preparing) -> None:
        if event.message != self.message:
            self.message = event.message
            self._write(event.message)
        if event.total:
            self._bar(event.total, "B").n = event.done
            self._bar(event.total, "B").refresh()

    def _start(self, event: Started, config: RunConfig) -> None:
        self.close()
        self.bar, self.steps, self.classes = None, event.steps_per_epoch, event.classes
        self.selection = event.selection
        held_out = f"{event.validation_images:,} to validate, " if event.validation_images else ""
        self._write(
            f"{config.architecture}, {event.parameters:,} parameters, on {config.dataset}: "
            f"{event.train_images:,} images to train, {held_out}{event.test_images:,} to test; "
            f"{event.environment['device']}, {event.precision}"
        )
        if event.resumed_epoch or event.resumed_step:
            steps = f" and {event.resumed_step} steps" if event.resumed_step else ""
            self._write(f"Resumed after epoch {event.resumed_epoch}{steps}.")
        self._bar(config.epochs * event.steps_per_epoch, "step")
        self._advance(event.resumed_epoch + 1, event.resumed_step)

    def _bar(self, total: int, unit: str) -> tqdm:
        if self.bar is None:
            # disable=None: no bar where the output is no terminal.
            self.bar = tqdm(total=total, unit=unit, unit_scale=unit == "B", disable=None, leave=False)
        return self.bar

    def _advance(self, epoch: int, step: int, note: str = "") -> None:
        if self.bar is not None:
            done = (epoch - 1) * self.steps + step
            self.bar.set_description(f"epoch {epoch}", refresh=False)
            self.bar.set_postfix_str(note, refresh=False)
            self.bar.update(max(0, done - self.bar.n))

    def _finish(self, event: Finished) -> None:
        self.close()
        chosen = " (chosen on the test split: optimistic)" if self.selection == "test" else ""
        print(f"\nBest epoch {event.best_epoch} ({event.best_accuracy:.2%}), tested: {event.test_accuracy:.2%}{chosen}")
        print(
            f"Last epoch, tested: {event.last_test_accuracy:.2%}; {event.only_best} images only the best gets right, "
            f"{event.only_last} only the last\n"
        )
        width = max(len(name) for name in self.classes)
        for index, (name, row) in enumerate(zip(self.classes, event.confusion, strict=True)):
            share = row[index] / sum(row) if sum(row) else 0.0
            print(f"  {name:<{width}}  {share:>8.2%}  {row[index]:>6,} of {sum(row):,}")


def show_seeds(events: Iterable[tuple[int, Event]]) -> None:
    """A line an epoch of every seed, and what they have in common."""
    tested: dict[int, float] = {}
    for seed, event in events:
        match event:
            case Preparing() if not event.total:
                print(f"seed {seed:>3}  {event.message}")
            case EpochFinished():
                print(f"seed {seed:>3}  {_epoch_line(event)}", flush=True)
            case Finished():
                tested[seed] = event.test_accuracy
                print(f"seed {seed:>3}  best epoch {event.best_epoch}, tested: {event.test_accuracy:.2%}", flush=True)
    spread = f", standard deviation {stdev(tested.values()):.2%}" if len(tested) > 1 else ""
    print(f"\nTested, mean of {len(tested)} seeds: {mean(tested.values()):.2%}{spread}")


def _epoch_line(event: EpochFinished) -> str:
    split = "test" if event.validation_loss is None else "validation"
    loss = event.test_loss if event.validation_loss is None else event.validation_loss
    accuracy = event.test_accuracy if event.validation_accuracy is None else event.validation_accuracy
    watched = f", test {event.test_accuracy:.2%}" if split == "validation" and event.test_accuracy is not None else ""
    return (
        f"epoch {event.epoch:>3}  train {event.train_loss:.4f} {event.train_accuracy:.2%}  "
        f"{split} {loss:.4f} {accuracy:.2%}{watched}  "
        f"{event.seconds:.1f} s  {event.images_per_second:,.0f} images/s{'  best' if event.best else ''}"
    )
