"""A training in a process of its own: started warm, listened to, stopped for certain, and its end put into words."""

import contextlib
import multiprocessing
import os
import select
import signal
import threading
from functools import cache
from multiprocessing import connection, forkserver
from multiprocessing.connection import Connection

from app.lifecycle.told import Told
from trainer.events import Event
from worker import child
from worker.artifacts import Stored
from worker.child import Failure, Order
from worker.supervision import ABANDONED

# A training notices SIGTERM between two operations of torch; one that does not within this many seconds is killed.
GRACE_SECONDS = 4.0
# How often it hears that it is looked after, and whether it is to pause.
WORD_SECONDS = 0.25
NAMES = {int(number): number.name for number in signal.Signals}
ADVICE: dict[int, str] = {
    signal.SIGKILL: Told.MEMORY,
    signal.SIGBUS: Told.BUS_ERROR,
}

_context = multiprocessing.get_context("forkserver")


def warm_up() -> None:
    """Start the server that training processes are forked from; returns at once, while it still loads torch.

    It touches no GPU, so that each training makes a CUDA context of its own.
    """
    # OpenMP's threads spin while they wait for each other, and so keep the one they wait for from a busy core. It reads
    # this when torch loads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    _context.set_forkserver_preload(child.PRELOAD)
    forkserver.ensure_running()


@cache
def wait_until_warm() -> None:
    """Returns when torch is loaded and a training would start at once; costs something the first time only."""
    probe = _context.Process(target=int, name="probe")
    probe.start()
    probe.join()


class TrainingProcess:
    """The supervisor's end: reads what the process sends and ends it."""

    def __init__(self, order: Order) -> None:
        self._pipe, theirs = _context.Pipe()
        self._process = _context.Process(target=child.run, args=(order, theirs), name="training", daemon=False)
        self._process.start()
        theirs.close()
        self._open = True
        # Whether it is to pause; said again and again, so that a wish that is taken back is heard as well.
        self.pause = False
        self._closing = threading.Event()
        self._talker = threading.Thread(target=self._talk, daemon=True)
        self._talker.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def wait(self, seconds: float) -> None:
        """Until it sends something or ends, at most that long."""
        sources: list[Connection | int] = [self._process.sentinel]
        connection.wait([*sources, self._pipe] if self._open else sources, seconds)

    def receive(self) -> list[Event | Failure | Stored]:
        """All that has come so far."""
        received: list[Event | Failure | Stored] = []
        try:
            while self._open and self._pipe.poll():
                received.append(self._pipe.recv())
        except (EOFError, OSError):  # also when it was killed in the middle of a message
            self._open = False
        return received

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL; returns when nothing of it is left."""
        self._signal(signal.SIGTERM)
        self.join()

    def join(self) -> None:
        """Wait for its own end, and bring it about when that does not come."""
        self._process.join(GRACE_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL for it and all it started."""
        self._signal(signal.SIGKILL)
        self._process.join()

    def close(self) -> None:
        self._closing.set()
        self._talker.join()
        self._pipe.close()

    def _talk(self) -> None:
        """In a thread of its own: a supervisor that waits for the database looks after its training nevertheless."""
        while not self._closing.wait(WORD_SECONDS):
            # One that was stopped does not listen, and must not make us wait.
            if select.select([], [self._pipe], [], 0)[1]:
                try:
                    self._pipe.send(self.pause)
                except OSError:
                    return

    def _signal(self, number: signal.Signals) -> None:
        pid = self._process.pid
        if pid is None or not self._process.is_alive():
            return
        # It leads a session of its own, unless it has only just begun.
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)

    def death(self) -> tuple[str, str]:
        """How it ended without a result, as a clause, and what to do, as a sentence."""
        code = self._process.exitcode or 0
        if code == ABANDONED:
            return Told.ABANDONED, Told.LOOK_AT_WORKER
        if code >= 0 and code != child.STOPPED:
            return Told.ENDED % {"code": code}, Told.LOOK_AT_LOG
        number = -code if code < 0 else code - 128
        name = NAMES.get(number, "unnamed")
        return Told.KILLED % {"number": number, "name": name}, ADVICE.get(number, Told.LOOK_AT_LOG)
