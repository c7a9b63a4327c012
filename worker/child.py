"""The process that trains: sends the trainer's events over a pipe and keeps the run's log.

Forked from a server that holds torch and trainer.loop in memory already. The worker imports this module too, to name
the function that is to run, and stays free of torch itself.
"""

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from app.lifecycle.told import Told
from app.processes.tether import tie
from trainer.config import RunConfig
from trainer.errors import TrainingError
from trainer.events import Event
from worker.artifacts import CannotStore, Keeper, Place, Stored
from worker.fence import Fence, Overtaken
from worker.journal import Journal
from worker.log import describe
from worker.supervision import ABANDONED, Supervision

# What the fork server loads, so that a run does not wait for it; torch._dynamo is what torch's optimisers import late.
PRELOAD = ["worker.preload", "trainer.loop", "torch._dynamo", "worker.child"]
STOPPED = 128 + signal.SIGTERM  # exit code, as shells count


@dataclass(frozen=True)
class Order:
    """What to train and where its files are."""

    config: RunConfig
    data_dir: Path
    run_dir: Path
    mirror: str | None
    attempt: int
    # Of the claim, in seconds.
    lease: float
    # The last epoch that the database knows of.
    recorded: int = 0
    start_over: bool = False
    # Where the run's files are kept beside `run_dir`, for workers that share no disk.
    place: Place | None = None


@dataclass(frozen=True)
class Failure:
    """The last word of a training that ended badly; `message` is for people."""

    message: str


def run(order: Order, pipe: Connection) -> None:
    """Trains until the end, a pause, a failure or SIGTERM; the pipe gets events, or at last a Failure.

    A training that was overtaken, or is not looked after any more, ends without a word.
    """
    os.setsid()
    tie(os.getppid(), signal.SIGKILL)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Training(order, pipe).run()
    except Overtaken:
        sys.exit(ABANDONED)


class Training:
    """One order being carried out."""

    def __init__(self, order: Order, pipe: Connection) -> None:
        self.order = order
        self.pipe = pipe
        self.supervision = Supervision(pipe, order.lease)
        self.fence = Fence(order.run_dir, order.attempt)
        self.keeper = Keeper(order.place, order.run_dir, self.fence) if order.place else None

    def run(self) -> None:
        """Raises Overtaken."""
        try:
            if self.keeper is not None:
                self.keeper.fetch()  # the log as well
            with self.fence():
                _write_to(self.order.run_dir / "log.txt")
            self._say(f"Attempt {self.order.attempt}, process {os.getpid()}.")
            self._train()
        except Overtaken:
            raise
        except CannotStore as error:
            self._say(str(error))
            self.pipe.send(Failure(str(error)))
        except TrainingError as error:
            self._say(str(error))
            self._keep_log()
            self.pipe.send(Failure(str(error)))
        except Exception as error:
            self._say(traceback.format_exc())
            self._keep_log()
            self.pipe.send(Failure(Told.UNEXPECTED % {"kind": type(error).__name__, "error": error}))
        except SystemExit:
            self._say("Stopped on request.")
            raise

    def _train(self) -> None:
        train = importlib.import_module("trainer.loop").train
        order = self.order
        places = {"data_dir": order.data_dir, "run_dir": order.run_dir, "mirror": order.mirror}
        ties = {"pause": self.supervision.pausing, "guard": self.fence, "start_over": order.start_over}
        with closing(train(order.config, **places, **ties)) as events:
            told = self._telling(events)
            for event in self.keeper.keeping(told) if self.keeper else told:
                self.pipe.send(event)

    def _telling(self, events: Iterable[Event]) -> Iterator[Event]:
        """Each event when the log has it, so that what is stored of the log has it as well; and what was never told."""
        journal = Journal(self.order.run_dir, self.fence, self.order.recorded)
        for event in events:
            self._say(describe(event))
            yield event
            yield from journal.told(event)

    def _keep_log(self) -> None:
        """What the log says of a failure is read where the store is."""
        with suppress(CannotStore):
            if self.keeper is not None:
                self.pipe.send(Stored(self.keeper.save()))

    def _say(self, line: str) -> None:
        words = f"{datetime.now().isoformat(' ', 'milliseconds')} {line.rstrip()}\n".encode()
        # A full disk is told of by what matters more than a line of the log.
        with self.fence(), suppress(OSError):
            os.write(sys.stdout.fileno(), words)


def _stop(_signal: int, _frame: object) -> NoReturn:
    # Says nothing here: what it interrupts may be within the fence already.
    sys.exit(STOPPED)


def _write_to(log: Path) -> None:
    """Everything that this process prints goes to the log, of libraries and of a crashing interpreter as well."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
