"""Keeps a run's files where every worker reaches them, for workers that share no disk.

The training process fetches before it begins and stores after each epoch, before that epoch's event is sent on. The
supervisor records what was stored under its claim; only then are those files the run's. So a checkpoint that is resumed
from is never ahead of the recorded metrics by more than the epoch that is told again.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.lifecycle.claims import Claim
from app.settings import Settings
from app.store.artifacts import Manifest, Store
from trainer.atomic import Guard
from trainer.errors import TrainingError
from trainer.events import EpochFinished, Event, Finished, Paused
from trainer.folder import BEST, LAST, PREDICTIONS, PREVIOUS, SAMPLES
from worker.fence import Overtaken

log = logging.getLogger(__name__)

LOG = "log.txt"
NAMES = (BEST, PREVIOUS, LAST, SAMPLES, PREDICTIONS, LOG)
CHECKPOINTS = (BEST, PREVIOUS, LAST)
# Says that the folder's checkpoints count only where the database knows of them.
MARK = ".stored"
# How long a store may be away; the training waits meanwhile.
PATIENCE_SECONDS = 60.0
RETRY_SECONDS = 1.0


class CannotStore(TrainingError):
    """The artifact store does not take, or does not give, a run's file."""


@dataclass(frozen=True)
class Stored:
    """Said before the event that tells of the same state: these files are in the store."""

    files: Manifest


@dataclass(frozen=True)
class Place:
    """Which files of which attempt; `files` are those that the database knew of when the run was claimed."""

    url: str
    run_id: int
    attempt: int
    files: Manifest | None
    start_over: bool = False

    @classmethod
    def of(cls, claim: Claim, settings: Settings) -> "Place | None":
        """None without a store."""
        url = settings.artifacts_url
        return cls(url, claim.run_id, claim.attempt, claim.stored, claim.start_over) if url else None


class Keeper:
    """The training process's side. Raises CannotStore, and whatever the guard raises."""

    def __init__(self, place: Place, folder: Path, guard: Guard = nullcontext) -> None:
        self.place = place
        self.folder = folder
        self.guard = guard
        self.store = Store(place.url)
        self._number = 0
        # What a file was when it was stored -> where; a rename changes none of it.
        self._known: dict[tuple[int, int, int], str] = {}

    def fetch(self) -> None:
        """Makes the folder's files those of the store, and removes checkpoints that nobody knows of."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mark, files = self.folder / MARK, dict(self.place.files or {})
        # Neither recorded nor marked, they are from before there was a store.
        known = self.place.files is not None or mark.exists()
        for name in CHECKPOINTS:
            if self.place.start_over:
                files.pop(name, None)
            if known and name not in files:
                self._drop(name)
        for name, place in files.items():
            self._insist(partial(self._get, name, place), place, "fetched")
        with self.guard():
            mark.touch()

    def _get(self, name: str, place: str) -> None:
        temporary = self.folder / f".{name}.{self.place.attempt}"
        try:
            self.store.get(self.place.run_id, place, temporary)
            with self.guard():
                temporary.replace(self.folder / name)
        except FileNotFoundError:
            # The training says what is missing and goes on from what is there.
            self._drop(name)
        finally:
            temporary.unlink(missing_ok=True)

    def _drop(self, name: str) -> None:
        with self.guard():
            (self.folder / name).unlink(missing_ok=True)

    def keeping(self, events: Iterator[Event]) -> Iterator[Event | Stored]:
        """The events, each that tells of a new state behind a Stored."""
        if self.place.start_over:
            yield Stored({})
        for event in events:
            if isinstance(event, EpochFinished | Paused | Finished):
                yield Stored(self.save())
            yield event

    def save(self) -> Manifest:
        """Stores what has changed."""
        self._number += 1
        files: Manifest = {}
        for name in NAMES:
            file = self.folder / name
            if not file.exists():
                continue
            status = file.stat()
            identity = (status.st_ino, status.st_mtime_ns, status.st_size)
            if identity not in self._known:
                place = f"{self.place.attempt}/{self._number}/{name}"
                self._insist(partial(self.store.put, self.place.run_id, file, place), place, "stored")
                self._known[identity] = place
            files[name] = self._known[identity]
        self._known = {identity: place for identity, place in self._known.items() if place in files.values()}
        return files

    def _insist(self, act: Callable[[], None], place: str, done: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return act()
            except Overtaken:
                raise
            except Exception as error:  # each kind of store has errors of its own
                if time.monotonic() > end:
                    raise CannotStore(
                        f"{self.store.name(self.place.run_id, place)} cannot be {done} ({error}). See to it that "
                        "EPOCHYARD_ARTIFACTS_URL names a place that is there and may be written to, then retry the run."
                    ) from error
            time.sleep(RETRY_SECONDS)


class Sweeper:
    """The supervisor's side: removes from the store what is no run's file any more, and never makes anybody wait."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._files: Manifest = place.files or {}
        self._before: Manifest = {}

    def recorded(self, files: Manifest) -> None:
        """The database knows of these now. What was there before is kept once more: somebody may be reading it."""
        self._before, self._files = self._files, files
        kept = {*self._before.values(), *files.values()}
        newest = max(map(_age, files.values()), default=(0, 0))
        self._remove(lambda place: place not in kept and _age(place) < newest)

    def overtaken(self) -> None:
        """Another attempt has the run: what this one stored and could not record is nobody's."""
        kept = {*self._before.values(), *self._files.values()}
        self._remove(lambda place: place not in kept and _age(place)[0] == self.place.attempt)

    def _remove(self, unwanted: Callable[[str], bool]) -> None:
        def remove() -> None:
            try:
                store = Store(self.place.url)
                run_id = self.place.run_id
                store.remove(run_id, [place for place in store.places(run_id) if unwanted(place)])
            except Exception:  # each kind of store has errors of its own; the next time removes it
                log.warning("run %d: old files are left in the store", self.place.run_id, exc_info=True)

        threading.Thread(target=remove, daemon=True).start()


def _age(place: str) -> tuple[int, int]:
    """(attempt, number) of a stored file; an older one's is smaller."""
    attempt, number = place.split("/")[:2]
    return int(attempt), int(number)
