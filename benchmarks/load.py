"""Which part of an installation uses the processors, and what PostgreSQL's connections wait for, seen from outside."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import create_engine, text

SAMPLE_SECONDS = 0.5
TICKS = os.sysconf("SC_CLK_TCK")
Processes = Mapping[str, Callable[[], list[int]]]
WAITS = text("""
SELECT coalesce(wait_event_type || ' ' || wait_event, 'CPU') FROM pg_stat_activity
WHERE datname = :name AND state <> 'idle' AND pid <> pg_backend_pid()
""")


def seconds_of(pid: int) -> float:
    """Processor time of a process so far; 0 when it is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


def backends(database: str) -> list[int]:
    """PostgreSQL's processes for connections to this database, where its server is on this machine."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and f" {database} ".encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


class Load:
    """Samples until it is stopped. `processes` says of each part which processes it has by now."""

    def __init__(self, processes: Processes, postgres: str | None) -> None:
        self.waits: Counter[str] = Counter()
        self.samples = 0
        self.elapsed = 0.0
        self._processes = processes
        self._postgres = postgres
        self._first: dict[tuple[str, int], float] = {}
        self._last: dict[tuple[str, int], float] = {}
        self._machine = self._busy()
        self._began = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()
        self._machine = self._busy() - self._machine
        self.elapsed = time.monotonic() - self._began

    def seconds(self, part: str) -> float:
        """Processor seconds of a part since the beginning."""
        return sum(last - self._first[key] for key, last in self._last.items() if key[0] == part)

    @property
    def machine(self) -> float:
        """Processor seconds of everything on this machine."""
        return self._machine

    def _watch(self) -> None:
        engine = create_engine(self._postgres) if self._postgres else None
        while True:
            done = self._done.wait(SAMPLE_SECONDS)
            for part, pids in self._processes.items():
                for pid in pids():
                    if (value := seconds_of(pid)) > 0:
                        self._first.setdefault((part, pid), value)
                        self._last[part, pid] = value
            if engine is not None:
                with engine.connect() as connection:
                    self.waits.update(connection.scalars(WAITS, {"name": engine.url.database}))
            self.samples += 1
            if done:
                break
        if engine is not None:
            engine.dispose()

    @staticmethod
    def _busy() -> float:
        names = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        user, nice, system, _idle, _wait, *others = map(int, names)
        return (user + nice + system + sum(others[:2])) / TICKS
