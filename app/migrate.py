"""Brings the database to the newest schema when a process starts; processes that start together take turns."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.database import Database
from app.outbox import POSTGRES_LOCK

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaTooNew(RuntimeError):
    """The database was written by a newer Epochyard than this one."""


def migrate(database: Database) -> None:
    """Upgrade to head in one write transaction; a database that is there already is only looked at.

    Raises SchemaTooNew when the schema is one that this version does not know.
    """
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    with database.write() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POSTGRES_LOCK})
        current = current_revision(connection)
        _refuse_unknown(script, current, database)
        if current != script.get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def alembic_config() -> Config:
    """What an alembic.ini would say."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def current_revision(connection: Connection) -> str | None:
    """The revision this database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_unknown(script: ScriptDirectory, current: str | None, database: Database) -> None:
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(
            f"The database {database.url.render_as_string()} has schema {current}, which this version of Epochyard "
            f"does not know; its newest is {script.get_current_head()}. Start the newer Epochyard that wrote it, or "
            "name another database in EPOCHYARD_DATABASE_URL."
        )
