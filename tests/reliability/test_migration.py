"""The schema changes once and completely, however many processes start, and whenever they are killed."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel, select

from app.store.database import Database
from app.store.migrate import alembic_config, current_revision
from app.store.models import Run, Step

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

# Arguments: URL, and for what to stop: the first statement that this pattern finds is the last one before the kill.
# "stock" stands for an SQLite that does without WAL.
START = """
import logging, re, sys, time
from sqlalchemy import event
from app.store import database as module
from app.store.database import Database
from app.store.migrate import migrate

url, pattern = sys.argv[1:3]
if "stock" in sys.argv:
    module.sqlite.sqlite_version_info = (3, 40, 1)
logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stdout)
database = Database(url)

def stop(connection, cursor, statement, *rest):
    if pattern and re.search(pattern, statement):
        if database.is_sqlite:
            cursor.execute("PRAGMA cache_size=1")
        # As a migration that fills a column: more than waits in memory, the file itself is changed by half.
        cursor.execute("UPDATE step SET loss = 9")
        print("stopped", flush=True)
        time.sleep(600)

event.listen(database.engine, "after_cursor_execute", stop)
migrate(database)
"""
LAST = f"alembic_version.*'{HEAD}'"


@pytest.fixture(params=["sqlite", "sqlite without WAL", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Sequence[str]:
    """The arguments of START for an empty database."""
    if request.param == "postgresql":
        return [request.getfixturevalue("postgres_url")]
    return [f"sqlite:///{tmp_path / 'a.db'}", *(["stock"] if "without" in request.param else [])]


def start(root: Path, store: Sequence[str], pattern: str = "") -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", START, store[0], pattern, *store[1:]]
    return subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(process: "subprocess.Popen[str]") -> str:
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    return said


def make_old(url: str) -> None:
    """A database of version 0001 with rows in it."""
    database = Database(url)
    with database.write() as session:
        connection = session.connection()
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (OLD_RUN, OLD_STEP):
            connection.execute(text(statement), [{"id": number} for number in range(1, RUNS + 1)])
    database.close()


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
def test_five_processes_that_start_at_once_migrate_once(root: Path, store: Sequence[str], old: bool) -> None:
    if old:
        make_old(store[0])
    said = [finished(process) for process in [start(root, store) for _ in range(5)]]
    assert "".join(said).count("Running upgrade") == REVISIONS - old, said
    check(store[0], old=old)


@pytest.mark.parametrize(
    ("old", "pattern"),
    [(False, "CREATE TABLE step"), (False, LAST), (True, "ALTER TABLE"), (True, LAST)],
    ids=["empty, first tables", "empty, last statement", "old, first change", "old, last statement"],
)
def test_a_start_that_is_killed_in_mid_migration_is_finished_by_the_next_and_costs_no_row(
    root: Path, store: Sequence[str], old: bool, pattern: str
) -> None:
    if old:
        make_old(store[0])
    process = start(root, store, pattern)
    assert process.stdout
    assert any(line == "stopped\n" for line in process.stdout)
    process.kill()
    assert process.wait(10) == -signal.SIGKILL
    process.stdout.close()
    said = finished(start(root, store))
    # Nothing of the first attempt was kept.
    assert said.count("Running upgrade") == REVISIONS - old, said
    check(store[0], old=old)
