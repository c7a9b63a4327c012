"""Opens the database: SQLite by default, PostgreSQL by URL; short transactions that never meet a lock error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # only Linux has wheels of it
    import sqlite3 as sqlite

# Longer than any transaction of ours by far: a writer waits for its turn instead of failing.
BUSY_TIMEOUT_MS = 30_000


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug, which can corrupt a database that several processes write.

    Present from 3.7.0 to 3.51.2, mended in 3.51.3 and in the branches 3.44.6 and 3.50.7.
    """
    major, minor, patch = version
    branches = {44: 6, 50: 7, 51: 3}
    return (major, minor) > (3, 51) or (major == 3 and minor in branches and patch >= branches[minor])


class Database:
    """One process's door to the tables: `read()` and `write()` give a session for one short transaction."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = self._open_sqlite() if self.is_sqlite else create_engine(self.url, pool_pre_ping=True)
        self._writing = self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def _open_sqlite(self) -> Engine:
        if self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, module=sqlite)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot of the database; nothing that is changed in it is kept."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that holds the write lock from its beginning and is committed when the block ends."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the begin event below says BEGIN, not the driver
    journal = "WAL" if wal_is_safe(sqlite.sqlite_version_info) else "TRUNCATE"
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", f"journal_mode={journal}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    # Safe against a crash of ours; a power cut may cost the last transactions, never the file.
    connection.execute(f"PRAGMA synchronous={'NORMAL' if journal == 'WAL' else 'FULL'}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could not wait for its turn: writers ask for it at once.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
