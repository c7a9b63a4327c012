"""What a training has told, kept beside its checkpoints: a checkpoint may know of more than the database.

While the database is away the training goes on. If its worker dies then, whoever resumes tells what was not recorded.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from trainer.atomic import Guard
from trainer.events import CheckpointSaved, EpochFinished, Event, Started, StepLogged

NAME = ".told.jsonl"
KINDS: dict[str, type[StepLogged | EpochFinished | CheckpointSaved]] = {
    kind.__name__: kind for kind in (StepLogged, EpochFinished, CheckpointSaved)
}


class Journal:
    """The events of a run's figures, a line each; `recorded` is the last epoch that the database has."""

    def __init__(self, folder: Path, guard: Guard, recorded: int) -> None:
        self._file = folder / NAME
        self._guard = guard
        self._recorded = recorded

    def told(self, event: Event) -> list[Event]:
        """Keeps it, and returns what is to be told right after it: what is missing before a training that resumes."""
        if isinstance(event, Started):
            return self._begin(event)
        if type(event).__name__ in KINDS:
            self._append([event], os.O_APPEND)
        return []

    def _begin(self, started: Started) -> list[Event]:
        """What is beyond the checkpoint will be told again."""
        kept = [event for event in self._read() if _is_before(event, started)]
        self._append(kept, os.O_TRUNC)
        return [event for event in kept if event.epoch > self._recorded]

    def _read(self) -> list[StepLogged | EpochFinished | CheckpointSaved]:
        """Each event once, as it was told last."""
        found: dict[tuple[str, int, int], StepLogged | EpochFinished | CheckpointSaved] = {}
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):  # cut, or of another version
                kind, values = json.loads(line)
                event = KINDS[kind](**values)
                key = (kind, event.epoch, getattr(event, "step", 0))
                found.pop(key, None)
                found[key] = event
        return list(found.values())

    def _append(self, events: Iterable[Event], how: int) -> None:
        lines = "".join(f"{json.dumps([type(event).__name__, asdict(event)])}\n" for event in events)
        # On a full disk the checkpoint says so, which matters more.
        with self._guard(), suppress(OSError):
            file = os.open(self._file, os.O_WRONLY | os.O_CREAT | how, 0o644)
            try:
                os.write(file, lines.encode())
            finally:
                os.close(file)


def _is_before(event: StepLogged | EpochFinished | CheckpointSaved, started: Started) -> bool:
    """Whether the checkpoint that a training resumed from is of later."""
    if isinstance(event, StepLogged) and event.epoch == started.resumed_epoch + 1:
        return event.step <= started.resumed_step
    return event.epoch <= started.resumed_epoch
