"""The schema: the same as the models say, made once however many processes start at once."""

import random
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel import SQLModel, col, select

from app.store.curve import thinned
from app.store.database import Database
from app.store.migrate import SchemaTooNew, alembic_config, current_revision, migrate
from app.store.models import Event, Run, Step
from app.store.outbox import tell

HEAD = ScriptDirectory.from_config(alembic_config()).get_current_head()


# A run and a step report as version 0001 wrote them.
OLD_ROWS = (
    "INSERT INTO run (id, status, name, tags, notes, config, architecture, dataset, permute, epochs, attempt, progress,"
    " epoch, test_accuracy, facts, created_at, started_at, finished_at) VALUES (7, 'finished', 'Old', '[\"old\"]', '',"
    " '{}', 'lenet', 'mnist', FALSE, 1, 1, 1.0, 1, 0.99, '{}', '2026-01-02 03:04:05', '2026-01-02 03:04:05',"
    " '2026-01-02 03:05:35')",
    "INSERT INTO step (run_id, epoch, step, loss, accuracy, learning_rate) VALUES (7, 1, 100, 0.5, 0.8, 0.001)",
    "INSERT INTO event (run_id, kind, payload, created_at) VALUES (7, 'step', '{}', '2026-01-02 03:04:05')",
    "INSERT INTO event (run_id, kind, payload, created_at) VALUES (7, 'finished', '{}', '2026-01-02 03:04:06')",
    "DELETE FROM event WHERE kind = 'finished'",
)


RUN_OF_0006 = (
    "INSERT INTO run (id, status, name, tags, notes, config, architecture, dataset, permute, epochs, priority, place,"
    " device_wanted, attempt, deaths, start_over, progress, epoch, facts, created_at) VALUES (:id, 'finished', '',"
    " '[]', '', '{}', 'lenet', 'mnist', FALSE, 100, 5, 1, 'auto', 1, 0, FALSE, 1, 100, '{}', '2026-01-02 03:04:05')"
)
EPOCH_OF_0006 = (
    "INSERT INTO epoch (run_id, epoch, train_loss, train_accuracy, validation_accuracy, learning_rate, seconds,"
    " images_per_second, confusion) VALUES (7, :epoch, 1, 0.5, :accuracy, 0.1, 1, 1, '[]')"
)


def configured(connection: Connection) -> Config:
    config = alembic_config()
    config.attributes["connection"] = connection
    return config


def upgrade_to(database: Database, revision: str) -> None:
    with database.write() as session:
        command.upgrade(configured(session.connection()), revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'a.db'}"
    return str(request.getfixturevalue("postgres_url"))


# Nobody but the database itself understands an index on an expression.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_migrated_schema_is_what_the_models_say(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    named = {"include_name": lambda name, kind, _: kind != "index" or not str(name).startswith("ix_run_setting_")}
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True} | named)
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_the_rows_of_an_older_schema_stay_and_lack_only_what_is_new(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade_to(database, "0001")
    with database.write() as session:
        for statement in OLD_ROWS:
            session.connection().execute(text(statement))
    migrate(database)
    with database.read() as session:
        run, step = session.exec(select(Run)).one(), session.exec(select(Step)).one()
        assert (run.id, run.status, run.test_accuracy, run.tags) == (7, "finished", 0.99, ["old"])
        assert run.seconds == 90
        assert (run.last_test_accuracy, run.only_best, run.only_last) == (None, None, None)
        assert (step.loss, step.gradient_norms, step.residual_ratios) == (0.5, None, None)
        assert session.exec(select(Step).where(col(Step.gradient_norms).is_(None))).one()
        assert [(event.id, event.kind) for event in session.exec(select(Event))] == [(1, "step")]
        if database.engine.dialect.name == "sqlite":
            made = session.connection().execute(text("SELECT sql FROM sqlite_master WHERE name = 'run'"))
            assert "AUTOINCREMENT" in made.scalar_one()
    with database.write() as session:
        tell(session, 7, "status", {})
        assert session.exec(select(Event.id)).all() == [1, 3], "what a page has seen is never told again"
    database.close()


def test_the_curves_of_older_runs_are_made_from_their_epochs(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade_to(database, "0006")
    draw = random.Random(0)
    accuracies = {epoch: round(draw.random(), 2) for epoch in range(1, 101)}
    epochs = [dict(zip(("epoch", "accuracy"), point, strict=True)) for point in accuracies.items()]
    with database.write() as session:
        for run_id in (7, 8):
            session.connection().execute(text(RUN_OF_0006), {"id": run_id})
        session.connection().execute(text(EPOCH_OF_0006), epochs)
    migrate(database)
    with database.read() as session:
        curves = session.exec(select(Run.id, Run.curve).order_by(col(Run.id))).all()
    assert [tuple(row) for row in curves] == [(7, thinned(accuracies, 100)), (8, [])]
    database.close()


def test_an_upgrade_can_be_taken_back(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    with database.write() as session:
        command.downgrade(configured(session.connection()), "0001")
    migrate(database)
    with database.read() as session:
        assert current_revision(session.connection()) == HEAD
    database.close()


def test_a_newer_schema_is_refused_and_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match=r"9999.*EPOCHYARD_DATABASE_URL"):
        migrate(database)
    database.close()


def test_sqlite_gives_no_id_of_a_deleted_row_again(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    migrate(database)
    with database.read() as session:
        made = session.connection().execute(text("SELECT sql FROM sqlite_master WHERE name IN ('run', 'event')"))
        assert all("AUTOINCREMENT" in row.sql for row in made)
    database.close()
