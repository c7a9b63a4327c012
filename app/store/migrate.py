"""Brings the database to the newest schema when a process starts; processes that start together take turns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from app.store.database import Database
from app.store.outbox import POSTGRES_LOCK

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaTooNew(RuntimeError):
    """The database was written by a newer Epochyard than this one."""


def migrate(database: Database) -> None:
    """Upgrade to head in one write transaction; a database that is there already is only looked at.

    Raises SchemaTooNew when the schema is one that this version does not know.
    """
    if _is_newest(database):
        return
    # A database that needs nothing starts an eighth of a second sooner without it, and ten megabytes lighter.
    from alembic import command
    from alembic.script import ScriptDirectory

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


def _is_newest(database: Database) -> bool:
    """Whether it is at the last of our revisions, which their files' names tell."""
    newest = max(path.name for path in (MIGRATIONS / "versions").glob("*.py")).partition("_")[0]
    with database.read() as session:
        connection = session.connection()
        if not inspect(connection).has_table("alembic_version"):
            return False
        return list(connection.scalars(text("SELECT version_num FROM alembic_version"))) == [newest]


def alembic_config() -> Config:
    """What an alembic.ini would say."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def current_revision(connection: Connection) -> str | None:
    """The revision this database is at; None when it is empty."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _refuse_unknown(script: ScriptDirectory, current: str | None, database: Database) -> None:
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(
            f"The database {database.url.render_as_string()} has schema {current}, which this version of Epochyard "
            f"does not know; its newest is {script.get_current_head()}. Start the newer Epochyard that wrote it, or "
            "name another database in EPOCHYARD_DATABASE_URL."
        )
