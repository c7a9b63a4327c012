"""The start of a process of ours, as far as it concerns the schema; it can be made to stop in mid-migration."""

import logging
import multiprocessing
import re
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from sqlalchemy import event

from app.store import database as module
from app.store.database import Database
from app.store.migrate import migrate

STOPPED = "stopped"
# A server that has everything in memory already: a fresh interpreter would take a second for each.
_context = multiprocessing.get_context("forkserver")


class Start:
    """Under way from the beginning on; `stop_at` is a pattern: the first statement that it finds is the last one."""

    def __init__(self, url: str, *, stock: bool = False, stop_at: str = "") -> None:
        """`stock` stands for an SQLite that does without WAL."""
        _context.set_forkserver_preload([__name__])
        self._pipe, theirs = _context.Pipe(duplex=False)
        self.process = _context.Process(target=_start, args=(theirs, url, stock, stop_at))
        self.process.start()
        theirs.close()

    def said(self) -> Iterator[str]:
        """What it says, until it ends."""
        try:
            while True:
                yield self._pipe.recv()
        except EOFError:
            self.process.join(60)

    def finished(self) -> list[str]:
        said = list(self.said())
        assert self.process.exitcode == 0, said
        return said

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)
        self._pipe.close()


class Saying(logging.Handler):
    """Sends each record's words."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__(logging.INFO)
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        self._pipe.send(record.getMessage())


def _start(pipe: Connection, url: str, stock: bool, stop_at: str) -> None:
    if stock:
        module.sqlite.sqlite_version_info = (3, 40, 1)
    logging.basicConfig(handlers=[Saying(pipe)], level=logging.INFO, force=True)
    database = Database(url)

    def stop(_connection: object, cursor: module.sqlite.Cursor, statement: str, *_rest: object) -> None:
        if stop_at and re.search(stop_at, statement):
            if database.is_sqlite:
                cursor.execute("PRAGMA cache_size=1")
            # As a migration that fills a column: more than waits in memory, the file itself is changed by half.
            cursor.execute("UPDATE step SET loss = 9")
            pipe.send(STOPPED)
            time.sleep(600)

    event.listen(database.engine, "after_cursor_execute", stop)
    migrate(database)
