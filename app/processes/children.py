"""Processes of ours that are started, looked after and stopped in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from app.processes.tether import tethered

# Who dies sooner than this after its start did not get anywhere, and that three times in a row is no accident.
SOON_SECONDS = 10.0
TRIES = 3
# A worker may need five seconds for its training process and some for the database.
STOP_SECONDS = 30.0


class ChildFailed(Exception):
    """A child dies as soon as it is started; the message says which."""


class Child:
    """One process, stopped by SIGTERM, at the latest when this process dies."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._early_deaths = 0

    def start(self) -> None:
        self._started = time.monotonic()
        # A session of its own: a terminal's Ctrl-C is for this process, which stops the children in order.
        self.process = subprocess.Popen(
            tethered(self.command),
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def look_after(self) -> None:
        """Start it again if it died. Raises ChildFailed when that does not help."""
        if self.process is None or self.process.poll() is None:
            return
        soon = time.monotonic() - self._started < SOON_SECONDS
        self._early_deaths = self._early_deaths + 1 if soon else 0
        how = _how(self.process.returncode)
        if self._early_deaths >= TRIES:
            raise ChildFailed(f"The {self.name} ended {TRIES} times soon after its start ({how}); see above for why.")
        print(f"The {self.name} ended ({how}); starting it again.", file=sys.stderr)
        self.start()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        """Until it is gone; killed when it takes too long."""
        if self.process is None:
            return
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stop_together(children: Sequence[Child]) -> None:
    """Returns when all are gone."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.wait()


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM, SIGHUP (the terminal was closed) and Ctrl-C set."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
