"""Thousands of finished runs with their histories, made up and written at once, the same ones each time."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from app.store.curve import thinned
from app.store.database import Database
from app.store.migrate import migrate
from app.store.models import Epoch, Event, Run, RunStatus
from trainer.catalog import resolve

CLASSES = [str(number) for number in range(10)]
FACTS: dict[str, Any] = {
    "precision": "fp32",
    "steps_per_epoch": 844,
    "train_images": 54_000,
    "validation_images": 6_000,
    "test_images": 10_000,
    "shape": [1, 28, 28],
    "classes": CLASSES,
    "selection": "validation",
    "environment": {"torch": "2.14.1", "python": "3.11.7", "device": "CPU (AVX512)", "threads": 1, "engine": "native"},
    "resumed_epoch": 0,
    "resumed_step": 0,
}
PARAMETERS = {"mlp": 6_442, "cnn": 6_422, "lenet": 61_706}
# Runs in one transaction.
BATCH = 200


def histories(runs: int, epochs: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Runs 1 to `runs`, each with its epochs, as rows of the tables."""
    draw = random.Random(5)
    for number in range(1, runs + 1):
        run = _run(draw, number, epochs)
        history = list(_history(draw, run))
        curve = thinned({row["epoch"]: row["validation_accuracy"] for row in history}, epochs)
        yield run | {"curve": curve}, history


def fill(database: Database, runs: int, epochs: int) -> None:
    """The same into an empty database."""
    migrate(database)
    made = histories(runs, epochs)
    while batch := list(islice(made, BATCH)):
        with database.write() as session:
            _write(session, batch)
    if database.is_sqlite:
        # As it is after some time: the log of writes is in the file.
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _write(session: Session, batch: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
    connection = session.connection()
    runs = [run for run, _epochs in batch]
    connection.execute(insert(Run), runs)
    connection.execute(insert(Epoch), [epoch for _run, epochs in batch for epoch in epochs])
    event = {"kind": "status", "payload": {"status": "finished", "cause": "the training ended"}}
    connection.execute(insert(Event), [event | {"run_id": run["id"], "created_at": run["finished_at"]} for run in runs])


def _settings(draw: random.Random, epochs: int) -> dict[str, Any]:
    return {
        "architecture": draw.choice(list(PARAMETERS)),
        "dataset": draw.choice(["mnist", "fashion_mnist"]),
        "permute": draw.random() < 0.5,
        "epochs": epochs,
        "optimizer": draw.choice(["sgd", "adam"]),
        "learning_rate": draw.choice([0.1, 0.03, 0.01, 0.003, 0.001]),
        "batch_size": draw.choice([32, 64, 128]),
        "dropout": draw.choice([0.0, 0.2, 0.5]),
    }


def _run(draw: random.Random, number: int, epochs: int) -> dict[str, Any]:
    # Five seeds of each experiment.
    settings = _settings(random.Random(number // 5), epochs) | {"seed": number % 5}
    config = resolve(settings)
    best = 0.9 + 0.09 * draw.random()
    created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return {
        "id": number,
        "status": RunStatus.FINISHED,
        "name": f"sweep {number // 40}" if number % 3 else "",
        "tags": draw.sample(["baseline", "course", "sweep"], draw.randrange(3)),
        "notes": "",
        "config": config.as_dict(),
        **{name: settings[name] for name in ("architecture", "dataset", "permute", "epochs")},
        "priority": 5,
        "place": float(number),
        "device_wanted": "auto",
        "attempt": 1,
        "deaths": 0,
        "start_over": False,
        "progress": 1.0,
        "epoch": epochs,
        "best_epoch": epochs - draw.randrange(min(epochs, 10)),
        "best_accuracy": best,
        "test_loss": 0.1,
        "test_accuracy": best - 0.01 * draw.random(),
        "parameters": PARAMETERS[str(settings["architecture"])],
        "device": "cpu",
        "facts": FACTS,
        "stored": None,
        "confusion": _confusion(draw),
        "created_at": created,
        "started_at": created,
        "finished_at": created + timedelta(seconds=200),
        "seconds": 200.0,
    }


def _history(draw: random.Random, run: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rising towards the best, with noise."""
    best, confusion = run["best_accuracy"], _confusion(draw)
    for number in range(1, run["epochs"] + 1):
        accuracy = best - 0.3 * math.exp(-number / 6) - (0 if number == run["best_epoch"] else 0.01 * draw.random())
        yield {
            "run_id": run["id"],
            "epoch": number,
            "train_loss": 2.3 * (1 - accuracy),
            "train_accuracy": min(accuracy + 0.01, 1.0),
            "validation_loss": 2.5 * (1 - accuracy),
            "validation_accuracy": accuracy,
            "test_loss": None,
            "test_accuracy": None,
            "learning_rate": run["config"]["learning_rate"],
            "seconds": 4.0 + draw.random(),
            "images_per_second": 13_000.0,
            "confusion": confusion,
        }


def _confusion(draw: random.Random) -> list[list[int]]:
    return [
        [draw.randrange(560, 600) if row == column else draw.randrange(8) for column in range(10)] for row in range(10)
    ]
