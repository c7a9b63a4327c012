"""The same configuration with several seeds, trained side by side in one process that loads the data once."""

from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from trainer.config import ConfigError, RunConfig
from trainer.device import pick, settings
from trainer.events import Event, Started
from trainer.loop import train

MOST = 64


def train_seeds(
    config: RunConfig, count: int, *, data_dir: Path, run_dir: Path, mirror: str | None = None, log_every: int = 100
) -> Generator[tuple[int, Event], None, None]:
    """Yields (seed, event) of `count` trainings with the seeds from `config.seed` on; each has `run_dir/seed-<n>`.

    Each gives the bits of its own run. Networks whose steps native code takes share the cores, one each; others would
    only be in each other's way and follow one after another. Raises ConfigError and TrainingError.
    """
    if not 1 <= count <= MOST:
        raise ConfigError({"seeds": f"{count} is not accepted; it must be at least 1 and at most {MOST}"})
    numerics = pick(config)
    with ExitStack() as stack:
        trainings = {}
        # Here and not only within each: the switches are the process's, and the first to end would put them back.
        stack.enter_context(settings(numerics, deterministic=config.deterministic))
        for seed in range(config.seed, config.seed + count):
            events = train(
                replace(config, seed=seed),
                data_dir=data_dir,
                run_dir=run_dir / f"seed-{seed}",
                mirror=mirror,
                log_every=log_every,
            )
            trainings[seed] = stack.enter_context(closing(events))
        # Weights are drawn from a generator that all would share: until Started one comes after the other.
        together = True
        for seed, events in trainings.items():
            for event in events:
                yield seed, event
                if isinstance(event, Started):
                    together &= event.environment["engine"] == "lanes"
                    break
        yield from _as_they_come(trainings, numerics.cores if together else 1)


def _as_they_come(
    trainings: dict[int, Generator[Event, None, None]], at_once: int
) -> Generator[tuple[int, Event], None, None]:
    """The events of so many trainings at once, each from here to its end before another takes its place."""
    waiting = iter(trainings)
    asked: dict[Future[Event | None], int] = {}
    with ThreadPoolExecutor(at_once) as pool:

        def ask(seed: int) -> None:
            asked[pool.submit(next, trainings[seed], None)] = seed

        for seed in islice(waiting, at_once):
            ask(seed)
        # Leaving the pool waits for those who are inside a generator: only then can it be closed.
        while asked:
            for done in wait(asked, return_when=FIRST_COMPLETED).done:
                seed, event = asked.pop(done), done.result()
                if event is not None:
                    ask(seed)
                    yield seed, event
                elif (following := next(waiting, None)) is not None:
                    ask(following)
