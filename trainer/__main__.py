"""`python -m trainer --architecture lenet --dataset mnist --epochs 10`: trains from the shell alone.

The only place of the trainer that reads environment variables or prints.
"""

import argparse
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from trainer.catalog import DATASETS, resolve
from trainer.config import FIELDS, TYPES, ConfigError, RunConfig, choices
from trainer.errors import TrainingError
from trainer.events import Event, Paused
from trainer.loop import train
from trainer.seeds import train_seeds
from trainer.terminal import Terminal, show_seeds

TRAINING_FAILED, BAD_CONFIGURATION, INTERRUPTED = 1, 2, 130


def parser() -> argparse.ArgumentParser:
    """One option a setting of RunConfig, and where things lie. Settings not given are left to the catalogue."""
    result = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Train one network and print what happens. Settings that are not given come from the catalogue "
        "for this architecture and data set.",
    )
    settings = result.add_argument_group("settings")
    for name, item in FIELDS.items():
        flag, words = f"--{name.replace('_', '-')}", item.metadata["description"].replace("%", "%%")
        if name == "dataset":
            words += f" Built in: {', '.join(DATASETS)}."
        options: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": words}
        if TYPES[name] is bool:
            settings.add_argument(flag, action=argparse.BooleanOptionalAction, **options)
        elif known := choices(name):
            settings.add_argument(flag, choices=known, **options)
        else:
            settings.add_argument(flag, type=TYPES[name], metavar=TYPES[name].__name__.upper(), **options)
    result.add_argument(
        "--seeds",
        type=int,
        default=1,
        metavar="INT",
        help="train so many seeds side by side, from --seed on, and print mean and standard deviation",
    )
    places = result.add_argument_group("places")
    places.add_argument(
        "--data-dir", type=Path, help="prepared data sets (EPOCHYARD_DATA_DIR, $EPOCHYARD_HOME/datasets)"
    )
    places.add_argument("--run-dir", type=Path, help="checkpoints; a training that was stopped goes on from there")
    places.add_argument("--mirror", help="base address of the original data files (EPOCHYARD_MIRROR_URL)")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0, 1 (training), 2 (configuration) or 130 (Ctrl-C)."""
    given = vars(parser().parse_args(arguments))
    places = {name: given.pop(name) for name in ("data_dir", "run_dir", "mirror")}
    home = Path(os.environ.get("EPOCHYARD_HOME") or "var")
    data_dir = places["data_dir"] or Path(os.environ.get("EPOCHYARD_DATA_DIR") or home / "datasets")
    mirror = places["mirror"] or os.environ.get("EPOCHYARD_MIRROR_URL") or None
    terminal, seeds = Terminal(), given.pop("seeds")
    try:
        config = resolve(given)
        run_dir = places["run_dir"] or home / "shell" / _run_name(config)
        if seeds != 1:
            with closing(train_seeds(config, seeds, data_dir=data_dir, run_dir=run_dir, mirror=mirror)) as both:
                show_seeds(both)
        else:
            event: Event | None = None
            with closing(terminal), asking_for_a_pause() as pause:
                places = {"data_dir": data_dir, "run_dir": run_dir, "mirror": mirror}
                with closing(train(config, **places, pause=pause)) as events:
                    for event in events:
                        terminal.show(event, config)
            if isinstance(event, Paused):
                print("The same command goes on from there.", file=sys.stderr)
                return INTERRUPTED
    except ConfigError as error:
        for name, problem in error.problems.items():
            print(f"--{name.replace('_', '-')}: {problem}", file=sys.stderr)
        return BAD_CONFIGURATION
    except TrainingError as error:
        print(error, file=sys.stderr)
        return TRAINING_FAILED
    except KeyboardInterrupt:
        print("Stopped. The same command goes on after the last finished epoch.", file=sys.stderr)
        return INTERRUPTED
    print(f"Checkpoints: {run_dir}")
    return 0


@contextmanager
def asking_for_a_pause() -> Iterator[Callable[[], bool]]:
    """Says whether Ctrl-C was pressed. A second one is a KeyboardInterrupt again."""
    asked = False

    def ask(_signal: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        # Not the one from before: a shell lets its background jobs ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("\nPausing at the next step. Ctrl-C again stops at once.", file=sys.stderr, flush=True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _run_name(config: RunConfig) -> str:
    """A folder name of its own for every configuration, so that the same command finds its checkpoints again."""
    digest = hashlib.sha256(json.dumps(config.as_dict(), sort_keys=True).encode()).hexdigest()
    return f"{config.architecture}-{config.dataset}-{digest[:8]}"


if __name__ == "__main__":
    sys.exit(main())
