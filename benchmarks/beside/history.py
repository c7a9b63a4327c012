"""The synthetic history as a file that the writers of all tools read: a run a line, as JSON.

{"number": 1, "name": "run-00001", "started": 1767225660.0, "settings": {...}, "best_accuracy": 0.97,
 "epochs": [{"epoch": 1, "ended": 1767225664.0, "train_loss": 0.9, ...}, ...]}
"""

import json
from pathlib import Path
from typing import Any

from benchmarks.synthetic import histories

METRICS = (
    *("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"),
    *("learning_rate", "seconds", "images_per_second"),
)


def write(file: Path, runs: int, epochs: int) -> None:
    with file.open("w") as lines:
        for run, history in histories(runs, epochs):
            print(json.dumps(_line(run, history)), file=lines)


def accuracies(file: Path, runs: set[int]) -> list[float]:
    """The validation accuracies of these runs, all epochs, smallest first."""
    with file.open() as lines:
        chosen = [run for run in map(json.loads, lines) if run["number"] in runs]
    return sorted(epoch["validation_accuracy"] for run in chosen for epoch in run["epochs"])


def _line(run: dict[str, Any], history: list[dict[str, Any]]) -> dict[str, Any]:
    started = run["started_at"].timestamp()
    # Tools of the kind keep numbers and short texts.
    settings = {name: value for name, value in run["config"].items() if isinstance(value, bool | int | float | str)}
    ended = started
    epochs = []
    for row in history:
        ended += row["seconds"]
        epochs.append({"epoch": row["epoch"], "ended": ended} | {name: row[name] for name in METRICS})
    return {
        "number": run["id"],
        "name": f"run-{run['id']:05}",
        "started": started,
        "settings": settings,
        "best_accuracy": run["best_accuracy"],
        "epochs": epochs,
    }
