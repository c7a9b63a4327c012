"""Writes to a database that may be away for a while."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
# A training goes on without the database this long; then its run is left to the reaper, which finds the lapsed lease.
OUTAGE_SECONDS = 600.0
# A worker that was told to stop has less time.
STOPPING_SECONDS = 10.0


class Patience:
    """Tries a write again while the database does not answer, and gives up in the end with the database's error."""

    def __init__(self, stopping: threading.Event, outage_seconds: float | None = None) -> None:
        """`outage_seconds` in the place of OUTAGE_SECONDS."""
        self._stopping = stopping
        self._outage_seconds = outage_seconds
        self._away_since: float | None = None
        self._next_try = 0.0

    def attempt(self, write: Callable[[], None]) -> bool:
        """Write once, or not at all so soon after a failure; whether it is written."""
        if time.monotonic() < self._next_try:
            return False
        try:
            write()
        except DBAPIError as error:
            # A transaction that stood still for too long is put out with an error of another kind, and its connection.
            if not (isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated):
                raise
            self._failed(error)
            return False
        self._away_since = None
        return True

    def insist(self, write: Callable[[], None]) -> None:
        """Returns when it is written."""
        while not self.attempt(write):
            time.sleep(RETRY_SECONDS / 4)

    def _failed(self, error: Exception) -> None:
        moment = time.monotonic()
        if self._away_since is None:
            self._away_since = moment
            log.warning("the database does not answer (%s); trying again", error)
        limit = OUTAGE_SECONDS if self._outage_seconds is None else self._outage_seconds
        if moment - self._away_since > (STOPPING_SECONDS if self._stopping.is_set() else limit):
            raise error
        self._next_try = moment + RETRY_SECONDS
