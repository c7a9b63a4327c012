"""The schema: the same as the models say, made once however many processes start at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from app.database import Database
from app.migrate import SchemaTooNew, current_revision, migrate

START = "import sys; from app.database import Database; from app.migrate import migrate; migrate(Database(sys.argv[1]))"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'a.db'}"
    return str(request.getfixturevalue("postgres_url"))


def test_the_migrated_schema_is_what_the_models_say(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_five_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", START, empty_url], stderr=subprocess.PIPE, text=True) for _ in range(5)
    ]
    results = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert [code for _, code in results] == [0] * 5, results
    database = Database(empty_url)
    with database.read() as session:
        assert current_revision(session.connection()) == "0001"
    database.close()


def test_a_newer_schema_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match=r"9999.*EPOCHYARD_DATABASE_URL"):
        migrate(database)


def test_ids_of_deleted_rows_are_not_given_again(database: Database) -> None:
    with database.read() as session:
        made = session.connection().execute(text("SELECT sql FROM sqlite_master WHERE name IN ('run', 'event')"))
        assert all("AUTOINCREMENT" in row.sql for row in made)
