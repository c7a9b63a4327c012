"""The schema changes once and completely, however many processes start, and whenever they are killed."""

import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel, select

from app.store.database import Database
from app.store.migrate import alembic_config, current_revision
from app.store.models import Run, Step
from tests.reliability.starting import STOPPED, Start

SCRIPTS = ScriptDirectory.from_config(alembic_config())
HEAD = SCRIPTS.get_current_head()
REVISIONS = len(list(SCRIPTS.walk_revisions()))

# Runs and step reports as version 0001 wrote them.
OLD_RUN = (
    "INSERT INTO run (id, status, name, tags, notes, config, architecture, dataset, permute, epochs, attempt, progress,"
    " epoch, test_accuracy, facts, created_at) VALUES (:id, 'finished', 'Old', '[\"old\"]', '', '{}', 'lenet', 'mnist',"
    " FALSE, 1, 1, 1.0, 1, 0.99, '{}', '2026-01-02 03:04:05')"
)
OLD_STEP = "INSERT INTO step (run_id, epoch, step, loss, accuracy, learning_rate) VALUES (:id, 1, 100, 0.5, 0.8, 0.001)"
RUNS = 300

LAST = f"alembic_version.*'{HEAD}'"


@pytest.fixture(params=["sqlite", "sqlite without WAL", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> partial[Start]:
    """Starts a process on an empty database, which is `store.keywords["url"]`."""
    if request.param == "postgresql":
        return partial(Start, url=request.getfixturevalue("postgres_url"))
    return partial(Start, url=f"sqlite:///{tmp_path / 'a.db'}", stock="without" in request.param)


def make_old(store: partial[Start]) -> None:
    """A database of version 0001 with rows in it, as the starting processes' SQLite would have written it."""
    database = Database(store.keywords["url"])
    with database.write() as session:
        connection = session.connection()
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (OLD_RUN, OLD_STEP):
            connection.execute(text(statement), [{"id": number} for number in range(1, RUNS + 1)])
    database.close()
    if store.keywords.get("stock"):
        # Only a process that is alone can leave WAL.
        with closing(sqlite3.connect(database.url.database or "")) as connection:
            assert connection.execute("PRAGMA journal_mode=TRUNCATE").fetchone() == ("truncate",)


def upgrades(said: Sequence[str]) -> int:
    return sum("Running upgrade" in line for line in said)


def check(url: str, *, old: bool) -> None:
    """At the newest schema, with every table, and with every row that it had."""
    database = Database(url)
    with database.read() as session:
        assert current_revision(session.connection()) == HEAD
        for table in SQLModel.metadata.tables.values():
            session.connection().execute(table.select())
        ids = list(range(1, RUNS + 1)) if old else []
        assert sorted(run.id or 0 for run in session.exec(select(Run))) == ids
        assert [step.loss for step in session.exec(select(Step))] == [0.5] * len(ids)
        if database.is_sqlite:
            assert session.connection().execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    database.close()


@pytest.mark.parametrize("old", [False, True], ids=["empty", "old"])
def test_five_processes_that_start_at_once_migrate_once(store: partial[Start], old: bool) -> None:
    if old:
        make_old(store)
    said = [line for start in [store() for _ in range(5)] for line in start.finished()]
    assert upgrades(said) == REVISIONS - old, said
    check(store.keywords["url"], old=old)


@pytest.mark.parametrize(
    ("old", "pattern"),
    [(False, "CREATE TABLE step"), (False, LAST), (True, "ALTER TABLE"), (True, LAST)],
    ids=["empty, first tables", "empty, last statement", "old, first change", "old, last statement"],
)
def test_a_start_that_is_killed_in_mid_migration_is_finished_by_the_next_and_costs_no_row(
    store: partial[Start], old: bool, pattern: str
) -> None:
    if old:
        make_old(store)
    killed = store(stop_at=pattern)
    assert STOPPED in killed.said()
    killed.kill()
    assert killed.process.exitcode == -signal.SIGKILL
    # Nothing of the first attempt was kept.
    said = store().finished()
    assert upgrades(said) == REVISIONS - old, said
    check(store.keywords["url"], old=old)
