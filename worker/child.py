"""The process that trains: sends the trainer's events over a pipe and keeps the run's log.

Forked from a server that holds torch and trainer.loop in memory already. The worker imports this module too, to name
the function that is to run, and stays free of torch itself.
"""

import importlib
import os
import signal
import sys
import threading
import traceback
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from app.tether import tie
from trainer.config import RunConfig
from trainer.errors import TrainingError
from worker.log import describe

# What the fork server loads, so that a run does not wait for it.
PRELOAD = ["worker.preload", "trainer.loop", "worker.child"]
LOG_EVERY = 100  # optimiser steps
STOPPED = 128 + signal.SIGTERM  # exit code, as shells count


@dataclass(frozen=True)
class Order:
    """What to train and where its files are."""

    config: RunConfig
    data_dir: Path
    run_dir: Path
    mirror: str | None
    attempt: int


@dataclass(frozen=True)
class Failure:
    """The last word of a training that ended badly; `message` is for people."""

    message: str


def run(order: Order, pipe: Connection) -> None:
    """Trains until the end, a failure or SIGTERM; the pipe gets events, or at last a Failure."""
    os.setsid()
    tie(os.getppid(), signal.SIGKILL)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_supervisor, args=(pipe,), daemon=True).start()
    order.run_dir.mkdir(parents=True, exist_ok=True)
    _write_to(order.run_dir / "log.txt")
    _say(f"Attempt {order.attempt}, process {os.getpid()}.")
    try:
        _train(order, pipe)
    except TrainingError as error:
        _say(str(error))
        pipe.send(Failure(str(error)))
    except Exception as error:
        traceback.print_exc()
        pipe.send(Failure(f"{type(error).__name__}: {error}. The run's log has the details."))


def _train(order: Order, pipe: Connection) -> None:
    train = importlib.import_module("trainer.loop").train
    places = {"data_dir": order.data_dir, "run_dir": order.run_dir, "mirror": order.mirror}
    with closing(train(order.config, **places, log_every=LOG_EVERY)) as events:
        for event in events:
            pipe.send(event)
            _say(describe(event))


def _stop(_signal: int, _frame: object) -> NoReturn:
    _say("Stopped on request.")
    sys.exit(STOPPED)


def _watch_supervisor(pipe: Connection) -> None:
    """Nothing is ever sent this way: the only thing to come is the end, when the supervisor's process is gone."""
    try:
        pipe.recv()
    except (EOFError, OSError):
        os._exit(1)


def _write_to(log: Path) -> None:
    """Everything that this process prints goes to the log, of libraries and of a crashing interpreter as well."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _say(line: str) -> None:
    print(datetime.now().isoformat(" ", "milliseconds"), line, flush=True)
