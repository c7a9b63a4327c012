"""A server of a measurement's own: started from its command, watched with all the processes it starts."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from benchmarks.load import seconds_of

# A server whose processes use less than this share of one processor has done what it does after its start.
IDLE_SHARE = 0.05
LOOK_SECONDS = 1.0


class DidNotStart(Exception):
    """The server ended, or did not answer in time; the text says which, and its last words."""


@dataclass(frozen=True)
class Server:
    """A running server; `ready_seconds` is from its start to its first answer."""

    address: str
    pid: int
    ready_seconds: float

    @property
    def processes(self) -> list[int]:
        """The one that was started, and all that came from it."""
        children: dict[int, list[int]] = {}
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                if folder.name.isdigit():
                    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                    children.setdefault(parent, []).append(int(folder.name))
        found = [self.pid]
        for pid in found:
            found.extend(children.get(pid, ()))
        return found

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far."""
        return sum(map(seconds_of, self.processes))

    @property
    def megabytes(self) -> float:
        """Resident memory of all its processes; what they share counts for each."""
        return sum(map(_resident, self.processes))

    def settle(self, most_seconds: float) -> None:
        """Returns when it has nothing to do, or after so many seconds."""
        deadline = time.monotonic() + most_seconds
        used = self.cpu_seconds
        while time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            before, used = used, self.cpu_seconds
            if used - before < IDLE_SHARE * LOOK_SECONDS:
                break


@contextmanager
def started(
    command: Sequence[str | Path], environment: Mapping[str, str], address: str, path: str, seconds: float = 60
) -> Iterator[Server]:
    """The server while it runs. Raises `DidNotStart` where it ends, or does not answer at `path` within `seconds`."""
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
        server = Server(address, process.pid, 0)
        try:
            while not _answers(f"{address}{path}"):
                if process.poll() is not None:
                    raise DidNotStart(f"it ended with {process.returncode}: {_last_line(log)}")
                if time.monotonic() - began > seconds:
                    raise DidNotStart(f"no answer in {seconds:.0f} s: {_last_line(log)}")
                time.sleep(0.01)
            yield Server(address, process.pid, time.monotonic() - began)
        finally:
            _end(process, server.processes)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=30).is_success
    except httpx.TransportError:
        return False


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    return next(reversed(log.read().decode(errors="replace").split("\n")[:-1]), "it said nothing")


def _end(process: subprocess.Popen[bytes], family: Sequence[int]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    # Those which it left behind.
    for pid in family:
        with suppress(OSError):
            os.kill(pid, 9)
    process.wait()


def _resident(pid: int) -> float:
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000
    return 0.0
