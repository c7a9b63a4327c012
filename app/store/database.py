"""Opens the database: SQLite by default, PostgreSQL by URL; short transactions that never meet a lock error."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from app.store.filesystems import refuse_network

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # only Linux has wheels of it
    import sqlite3 as sqlite

# Of libpq. A server that is cut off is noticed within ten seconds, not after the kernel's quarter of an hour.
POSTGRES = {
    # Text would come as bytes from a server that was set up in the C locale.
    "client_encoding": "utf8",
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}

# Longer than any transaction of ours by far: a writer waits for its turn instead of failing. PostgreSQL ends the
# transaction of a process that stands still for so long (it was stopped, or its machine sleeps), so that others go on.
BUSY_TIMEOUT_MS = 30_000


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug, which can corrupt a database that several processes write.

    Present from 3.7.0 to 3.51.2, mended in 3.51.3 and in the branches 3.44.6 and 3.50.7.
    """
    major, minor, patch = version
    branches = {44: 6, 50: 7, 51: 3}
    return (major, minor) > (3, 51) or (major == 3 and minor in branches and patch >= branches[minor])


class Gaps:
    """Reading without WAL: leaves a gap between the transactions of this process at least every 50 ms.

    SQLite's readers in one process share one lock on the file. As long as any of them holds it the next comes in, even
    where a writer in another process waits; readers that always overlap would keep it waiting for ever.
    """

    OVERLAP_SECONDS = 0.05
    # Not for ever: whoever waits may itself be within a transaction.
    WAIT_SECONDS = 1.0

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._since = 0.0

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(self._may_enter, self.WAIT_SECONDS)
            if not self._inside:
                self._since = time.monotonic()
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                if not self._inside:
                    self._changed.notify_all()

    def _may_enter(self) -> bool:
        return not self._inside or time.monotonic() - self._since < self.OVERLAP_SECONDS


class Database:
    """One process's door to the tables: `read()` and `write()` give a session for one short transaction.

    Raises OnNetwork for an SQLite file on a network file system.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = self._open_sqlite() if self.is_sqlite else self._open_postgres()
        self._writing = self.engine.execution_options(writes=True)
        self._gaps = Gaps() if self.is_sqlite and not wal_is_safe(sqlite.sqlite_version_info) else None

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def _open_postgres(self) -> Engine:
        engine = create_engine(self.url, pool_pre_ping=True, connect_args=POSTGRES, json_deserializer=from_json)
        event.listen(engine, "connect", _prepare_postgres)
        return engine

    def _open_sqlite(self) -> Engine:
        if self.url.database and self.url.database != ":memory:":
            file = Path(self.url.database)
            refuse_network(file)
            file.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, module=sqlite, json_deserializer=from_json)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot of the database; nothing that is changed in it is kept."""
        turn: AbstractContextManager[None] = self._gaps.reading() if self._gaps else nullcontext()
        with turn, Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that holds the write lock from its beginning and is committed when the block ends."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _prepare_postgres(connection: Any, _record: Any) -> None:
    connection.execute(f"SET idle_in_transaction_session_timeout = {BUSY_TIMEOUT_MS}")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the begin event below says BEGIN, not the driver
    journal = "WAL" if wal_is_safe(sqlite.sqlite_version_info) else "TRUNCATE"
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    with _alone(connection):
        connection.execute(f"PRAGMA journal_mode={journal}")
    # Safe against a crash of ours; a power cut may cost the last transactions, never the file.
    connection.execute(f"PRAGMA synchronous={'NORMAL' if journal == 'WAL' else 'FULL'}")


@contextmanager
def _alone(connection: Any) -> Iterator[None]:
    """Of all processes that open databases in this folder. Two that switch a new one's journal at once hold each what
    the other needs, and SQLite fails then without waiting."""
    file = connection.execute("PRAGMA database_list").fetchall()[0][2]
    if not file:  # in memory
        yield
        return
    folder = os.open(Path(file).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could not wait for its turn: writers ask for it at once.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
