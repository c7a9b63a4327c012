"""Wall time of a run's reports, as its events tell it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.lifecycle import runs
from app.store.database import Database
from app.store.models import Event
from app.watching.clock import Clock
from app.watching.run_detail import RunDetail
from tests.app.watching.test_charts import a_run, an_epoch
from trainer.catalog import resolve

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def told(database: Database, *events: tuple[float, str, dict[str, Any]]) -> Clock:
    """The clock of a run with these events: seconds, kind, payload."""
    with database.write() as session:
        run = runs.submit(session, resolve({"dataset": "digits"}))
        for seconds, kind, payload in events:
            at = BEGAN + timedelta(seconds=seconds)
            session.add(Event(run_id=run.id or 0, kind=kind, payload=payload, created_at=at))
        session.flush()
        return Clock.of(session, run)


FRESH = {"resumed_epoch": 0, "resumed_step": 0}


@pytest.mark.both_databases
def test_time_is_counted_from_the_training_s_beginning_over_pauses(database: Database) -> None:
    clock = told(
        database,
        (0, "started", FRESH),
        (2, "step", {"epoch": 1, "step": 100}),
        (4, "epoch", {"epoch": 1}),
        (60, "started", {"resumed_epoch": 1, "resumed_step": 0}),
        (65, "epoch", {"epoch": 2}),
    )
    assert clock.began == BEGAN
    assert (clock.epochs, clock.steps) == ({1: 4, 2: 65}, {(1, 100): 2})


def test_a_run_that_starts_over_begins_its_time_anew(database: Database) -> None:
    clock = told(
        database, (0, "started", FRESH), (9, "epoch", {"epoch": 1}), (20, "started", FRESH), (26, "epoch", {"epoch": 1})
    )
    assert clock.epochs == {1: 6}


def test_without_events_the_time_in_training_stands_in() -> None:
    detail = RunDetail(a_run(), [an_epoch(1), an_epoch(2)])
    assert detail.seconds() == [2, 4]
