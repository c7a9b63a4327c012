"""Processes of the hammering test; each prints a line of JSON, and ends with a traceback at the first error.

`hammer.py write URL SECONDS` trains nothing and records much, `hammer.py read URL SECONDS THREADS` asks for lists and
histories. With `stock` in front they use Python's own SQLite and take it for one with the WAL-reset bug.
"""

import json
import sys
import threading
import time
from collections import Counter
from typing import Any

STOCK = sys.argv[1] == "stock"
if STOCK:
    import sqlite3

    sys.modules["pysqlite3"] = None  # type: ignore[assignment]
    sqlite3.sqlite_version_info = (3, 40, 1)

from sqlalchemy import func  # noqa: E402
from sqlmodel import Session, col, select  # noqa: E402

from app.lifecycle import runs  # noqa: E402
from app.store.database import Database  # noqa: E402
from app.store.migrate import migrate  # noqa: E402
from app.store.models import Epoch, Event, Step  # noqa: E402
from app.table.listing import RunQuery, find  # noqa: E402
from trainer.config import RunConfig  # noqa: E402
from trainer.events import CheckpointSaved, EpochFinished, Started, StepLogged  # noqa: E402
from worker.recorder import Recorder  # noqa: E402

STEPS = 4
# A training that reports a hundred times a second is a quick one.
PAUSE_SECONDS = 0.01
STARTED = Started(
    parameters=10,
    device="cpu",
    precision="fp32",
    steps_per_epoch=STEPS,
    train_images=900,
    validation_images=100,
    test_images=100,
    shape=(1, 28, 28),
    classes=tuple("0123456789"),
    selection="validation",
)


def events_of(epoch: int) -> list[Any]:
    figures: dict[str, Any] = dict.fromkeys(
        ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"), 0.5
    )
    figures |= dict.fromkeys(("test_loss", "test_accuracy"))
    rates = {"learning_rate": 0.1, "seconds": 1.0, "images_per_second": 900.0}
    confusion = [[epoch] * 10 for _ in range(10)]
    return [
        *(StepLogged(epoch=epoch, step=step + 1, loss=1.0, accuracy=0.5, learning_rate=0.1) for step in range(STEPS)),
        EpochFinished(epoch=epoch, **figures, **rates, confusion=confusion, best=True),
        CheckpointSaved(epoch=epoch, accuracy=0.5, path="best.safetensors"),
    ]


def write(url: str, seconds: float) -> dict[str, Any]:
    """One worker after the other: each opens the database, trains a run of up to 50 epochs and goes."""
    deadline, wrote, slowest = time.monotonic() + seconds, Counter[str](), 0.0
    done: list[int] = []
    while time.monotonic() < deadline:
        database = Database(url)
        migrate(database)
        with database.write() as session:
            run_id = runs.submit(session, RunConfig(epochs=50)).id or 0
        with database.write() as session:
            claim = runs.claim(session, run_id, "a worker")
        assert claim
        recorder = Recorder(database, claim)
        recorder.record([STARTED])
        for epoch in range(1, 51):
            # Each event for itself, as they come out of a training.
            for event in events_of(epoch):
                began = time.monotonic()
                recorder.record([event])
                slowest = max(slowest, time.monotonic() - began)
                wrote[type(event).__name__] += 1
                time.sleep(PAUSE_SECONDS)
            if time.monotonic() > deadline:
                break
        done.append(run_id)
        database.close()
    return {"runs": done, **wrote, "slowest": slowest}


def ask(session: Session) -> None:
    """The list, then the newest run's history; both must be of one moment."""
    page = find(session, RunQuery(limit=20, sort="-created_at"))
    if not page.runs:
        return
    run = page.runs[0]
    epochs = session.exec(select(Epoch).where(Epoch.run_id == run.id).order_by(col(Epoch.epoch))).all()
    steps, events = (
        session.exec(select(func.count()).select_from(table).where(table.run_id == run.id)).one()
        for table in (Step, Event)
    )
    assert [row.epoch for row in epochs] == list(range(1, run.epoch + 1))
    assert run.epoch * STEPS <= steps <= (run.epoch + 1) * STEPS
    # submitted, claimed; started
    assert 0 <= events - len(epochs) * 2 - steps <= 3


def read(url: str, seconds: float, threads: int) -> dict[str, Any]:
    database, deadline = Database(url), time.monotonic() + seconds
    answers, slowest, problems = Counter[int](), Counter[int](), list[Exception]()

    def go_on_asking(number: int) -> None:
        try:
            while time.monotonic() < deadline:
                began = time.monotonic()
                with database.read() as session:
                    ask(session)
                answers[number] += 1
                slowest[number] = max(slowest[number], time.monotonic() - began)  # type: ignore[type-var,assignment]
        except Exception as error:
            problems.append(error)

    running = [threading.Thread(target=go_on_asking, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if problems:
        raise problems[0]
    return {"answers": answers.total(), "fewest": min(answers.values()), "slowest": max(slowest.values())}


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "stock"]
    task = write if words[0] == "write" else read
    print(json.dumps(task(words[1], *map(float, words[2:3]), *map(int, words[3:]))))
