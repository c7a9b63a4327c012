"""Epochyard: its own database, its own page."""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from app.store.database import Database
from benchmarks.asking import Ask
from benchmarks.beside.tool import Place
from benchmarks.synthetic import fill


class Epochyard:
    name = "Epochyard"
    requirements: Sequence[str] = ()
    page = "/"
    rows = "table.runs tbody tr"

    def __init__(self, runs: int, epochs: int) -> None:
        self.runs, self.epochs = runs, epochs

    def fill(self, place: Place, _history: Path) -> None:
        # Straight from the same generator, with what only Epochyard keeps: events, confusion matrices.
        database = Database(f"sqlite:///{place.folder / 'epochyard.db'}")
        fill(database, self.runs, self.epochs)
        database.close()

    def command(self, place: Place) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        where = {"EPOCHYARD_HOME": str(place.folder), "EPOCHYARD_PORT": str(place.port), "EPOCHYARD_DATABASE_URL": ""}
        return [sys.executable, "-m", "app", "web"], where

    def listed(self, architecture: str) -> Sequence[Ask]:
        return [Ask(f"/partials/rows?architecture={architecture}&sort=-best_accuracy")]

    def curves(self, runs: Sequence[int]) -> Sequence[Ask]:
        if len(runs) == 1:
            return [Ask(f"/api/runs/{runs[0]}/epochs")]
        return [Ask(f"/api/epochs?runs={','.join(map(str, runs))}")]

    def accuracies(self, answers: Sequence[bytes]) -> list[float]:
        (answer,) = map(json.loads, answers)
        rows = answer if isinstance(answer, list) else chain.from_iterable(answer.values())
        return [row["validation_accuracy"] for row in rows]
