"""Somebody who follows the event stream, and how long after its writing each event came."""

import json
import threading
import time
from contextlib import suppress
from datetime import datetime

import httpx


class Listener:
    """A thread with one connection to /api/events, until the server ends it or `stop`."""

    def __init__(self, address: str) -> None:
        # Seconds from an event's time stamp, taken when it is written and before its transaction is committed.
        self.delays: list[float] = []
        self.connected = threading.Event()
        # The newest event's id.
        self.heard = 0
        self._client = httpx.Client(base_url=address, timeout=None)
        self._stopped = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.connected.wait(30)

    def stop(self) -> None:
        self._stopped = True

    def _listen(self) -> None:
        with suppress(httpx.TransportError), self._client.stream("GET", "/api/events") as response:
            for line in response.iter_lines():
                self.connected.set()
                if line.startswith("data:"):
                    written = datetime.fromisoformat(json.loads(line[5:])["created_at"]).timestamp()
                    self.delays.append(time.time() - written)
                if line.startswith("id:"):
                    self.heard = int(line[3:])
                if self._stopped:
                    return
