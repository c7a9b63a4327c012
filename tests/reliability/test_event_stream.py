"""The event stream between real processes: cut at any byte, restarted, and listened to by many."""

import json
import os
import random
import signal
import socket
import socketserver
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database
from app.store.models import Event
from app.store.outbox import tell
from app.web.live import Message
from tests.server_sent import events_in
from trainer.catalog import resolve

DEADLINE_SECONDS = 60.0
TABS = 7
IDLE = 500
MIB = 2**20


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


class Web:
    """`epochyard web` as a process, started and ended as often as wanted on one port."""

    def __init__(self, settings: Settings, root: Path) -> None:
        self.port, self.root = settings.port, root
        self.environment = {
            **os.environ,
            "EPOCHYARD_HOME": str(settings.home),
            "EPOCHYARD_PORT": str(settings.port),
            "EPOCHYARD_DATABASE_URL": settings.database,
        }
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "app", "web"], cwd=self.root, env=self.environment)
        until(self.answers)

    def end(self, sent: signal.Signals) -> None:
        self.process.send_signal(sent)
        self.process.wait(20)

    def answers(self) -> bool:
        assert self.process.poll() is None
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).is_success
        except httpx.TransportError:
            return False

    def resident(self) -> int:
        """Bytes of memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@pytest.fixture
def web(settings: Settings, database: Database, root: Path) -> Iterator[Web]:
    del database
    web = Web(settings, root)
    yield web
    web.end(signal.SIGKILL)


class Cutter(socketserver.ThreadingTCPServer):
    """Passes connections on to a port, and cuts each after some bytes, in the middle of whatever that is."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 64

    def __init__(self, target: int, seed: int) -> None:
        self.target, self.draw, self.cuts = target, random.Random(seed), 0
        super().__init__(("127.0.0.1", 0), Cutting)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class Cutting(socketserver.BaseRequestHandler):
    server: Cutter

    def handle(self) -> None:
        left = self.server.draw.randrange(200, 10_000)
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.target)) as there:
            there.sendall(self.request.recv(65536))
            while left > 0 and (piece := there.recv(min(left, 997))):
                self.request.sendall(piece)
                left -= len(piece)
            self.server.cuts += left <= 0


class Tab(threading.Thread):
    """Listens as a browser does: after a cut it comes back with the last id it was given."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.url = f"http://127.0.0.1:{port}/api/events?after=0"
        self.received: list[tuple[int, str, Any]] = []
        self.connections = 0
        self.leaving = False
        self.start()

    def run(self) -> None:
        with httpx.Client(timeout=5) as client:
            while not self.leaving:
                headers = {"Last-Event-ID": str(self.received[-1][0])} if self.received else {}
                with suppress(httpx.TransportError), client.stream("GET", self.url, headers=headers) as answer:
                    self.connections += 1
                    for event in events_in(answer.iter_lines()):
                        self.received.append(event)
                        if self.leaving:
                            break
                time.sleep(0.02)


def a_run(database: Database) -> int:
    with database.write() as session:
        return runs.submit(session, resolve({"dataset": "digits"})).id or 0


def write(database: Database, run_id: int, count: int, seed: int) -> None:
    """Transactions of one to three events; some are taken back, so that ids are missing."""
    draw = random.Random(seed)
    for number in range(count):
        with suppress(KeyError), database.write() as session:
            for part in range(draw.randrange(1, 4)):
                tell(session, run_id, draw.choice(["step", "epoch"]), {"number": number, "part": part, "é": "x" * 40})
            if draw.random() < 0.1:
                raise KeyError
        time.sleep(draw.random() * 0.01)


def rows(database: Database) -> list[tuple[int, str, Any]]:
    with database.read() as session:
        messages = [Message.of(event) for event in session.exec(select(Event).order_by(col(Event.id)))]
    return [(message.id, message.kind, json.loads(message.data)) for message in messages]


@pytest.mark.both_databases
def test_seven_tabs_end_with_exactly_the_rows_whatever_is_cut_or_restarted(web: Web, database: Database) -> None:
    cutter = Cutter(web.port, seed=8)
    writers = [threading.Thread(target=write, args=(database, a_run(database), 150, seed)) for seed in range(3)]
    tabs = [Tab(cutter.port) for _ in range(TABS)]
    for writer in writers:
        writer.start()
    for sent in (signal.SIGKILL, signal.SIGTERM):
        seen = max(len(tab.received) for tab in tabs)
        until(lambda seen=seen: all(len(tab.received) > seen + 20 for tab in tabs))  # type: ignore[misc]
        web.end(sent)
        web.start()
    for writer in writers:
        writer.join()
    expected = rows(database)
    last = expected[-1][0]
    until(lambda: all(tab.received and tab.received[-1][0] >= last for tab in tabs))
    for tab in tabs:
        tab.leaving = True
        assert tab.received == expected
        assert tab.connections > 5
    assert cutter.cuts > TABS * 5
    cutter.shutdown()
    cutter.server_close()


class Idle:
    """One of many who listen: a socket and what came over it."""

    def __init__(self, port: int, query: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(f"GET /api/events?{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        self.text = b""

    def wait_for(self, words: bytes) -> None:
        self.socket.settimeout(DEADLINE_SECONDS)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while words not in self.text:
            assert time.monotonic() < deadline, self.text
            piece = self.socket.recv(65536)
            assert piece, "the stream ended"
            self.text += piece


def delays(database: Database, run_id: int, port: int, count: int = 40) -> list[float]:
    """Seconds from a commit to whoever follows the run, for each of `count` events."""
    watcher, taken = Idle(port, f"runs={run_id}&kinds=step"), []
    watcher.wait_for(b": listening")
    draw = random.Random(3)
    for number in range(count):
        with database.write() as session:
            tell(session, run_id, "step", {"number": number})
        began = time.monotonic()
        watcher.wait_for(f'"number": {number}}}'.encode())
        taken.append(time.monotonic() - began)
        time.sleep(draw.random() * 0.1)
    watcher.socket.close()
    return taken


def test_five_hundred_idle_listeners_cost_little_and_all_are_told(web: Web, database: Database) -> None:
    run_id = a_run(database)
    alone = delays(database, run_id, web.port)
    before = web.resident()
    listeners = [Idle(web.port, "kinds=status") for _ in range(IDLE)]
    for listener in listeners:
        listener.wait_for(b": listening")
    among = delays(database, run_id, web.port)
    cost = web.resident() - before
    with database.write() as session:
        tell(session, run_id, "status", {"cause": "something happened"})
    began = time.monotonic()
    for listener in listeners:
        listener.wait_for(b'"something happened"')
        assert b"event: step" not in listener.text
        listener.socket.close()
    told = time.monotonic() - began
    print(
        f"{IDLE} listeners: {cost / MIB:.1f} MiB; delay alone {statistics.median(alone) * 1000:.0f} ms (longest "
        f"{max(alone) * 1000:.0f}), among them {statistics.median(among) * 1000:.0f} ms (longest "
        f"{max(among) * 1000:.0f}); all told within {told * 1000:.0f} ms"
    )
    assert cost < 100_000_000
