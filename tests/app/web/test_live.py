"""Server-sent events: nothing missed, nothing twice, and a server that stops while somebody listens."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx
import pytest

from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database
from app.store.outbox import tell
from app.web import live
from app.web.live import Live, Wanted
from tests.server_sent import events_in
from trainer.catalog import resolve

pytestmark = pytest.mark.both_databases


@contextmanager
def listening(api: httpx.Client, headers: dict[str, str] | None = None, **query: object) -> Iterator[Iterator[tuple]]:  # type: ignore[type-arg]
    """(id, kind, data) of each event; entered once the server listens for this client."""
    with api.stream("GET", "/api/events", params=query, headers=headers or {}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in response.headers
        lines = response.iter_lines()
        assert next(lines) == ": listening"
        yield events_in(lines)


def a_run(database: Database) -> int:
    with database.write() as session:
        return runs.submit(session, resolve({"dataset": "digits"})).id or 0


def write(database: Database, run_id: int, steps: range) -> None:
    for step in steps:
        with database.write() as session:
            tell(session, run_id, "step", {"step": step})


def test_a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(api: httpx.Client, database: Database) -> None:
    run_id = a_run(database)
    writer = threading.Thread(target=write, args=(database, run_id, range(300)))
    writer.start()
    received: list[int] = []
    last = 1  # the event of the submission
    while len(received) < 300:
        with listening(api, {"Last-Event-ID": str(last)}) as events:
            for number, kind, data in events:
                assert (kind, data["run_id"]) == ("step", run_id)
                assert number > last
                last = number
                received.append(data["step"])
                if len(received) % 37 == 0 or len(received) == 300:
                    break  # the connection is cut
    writer.join()
    assert received == list(range(300))


def test_after_is_for_the_first_connection_and_the_header_wins(api: httpx.Client, database: Database) -> None:
    run_id = a_run(database)
    write(database, run_id, range(3))
    with listening(api, after=0) as events:
        assert next(events)[:2] == (1, "status")
    with listening(api, {"Last-Event-ID": "3"}, after=0) as events:
        assert next(events)[0] == 4


def test_only_what_was_asked_for_arrives(api: httpx.Client, database: Database) -> None:
    one, other = a_run(database), a_run(database)
    with listening(api, runs=str(other), kinds="step", after=0) as events:
        write(database, one, range(1))
        write(database, other, range(7, 8))
        _, kind, data = next(events)
    assert (kind, data["run_id"], data["step"]) == ("step", other, 7)
    assert data["created_at"].endswith("+00:00")


def test_an_event_is_there_within_a_fraction_of_a_second(api: httpx.Client, database: Database) -> None:
    run_id = a_run(database)
    with listening(api, after=1) as events:
        began = time.monotonic()
        write(database, run_id, range(1))
        next(events)
        assert time.monotonic() - began < 1


def test_a_slow_listener_is_caught_up_from_the_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BACKLOG", 5)
    monkeypatch.setattr(live, "BATCH", 3)
    monkeypatch.setattr(live, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(live, "BURST_SECONDS", 0.001)
    run_id = a_run(database)

    async def slow() -> list[int]:
        feed, received = Live(database), []
        async with anyio.create_task_group() as group:
            group.start_soon(feed.follow)
            async for message in feed.stream(Wanted(kinds=frozenset({"step"})), 0):
                if message is None:
                    continue
                received.append(json.loads(message.data)["step"])
                if len(received) in (1, 60):
                    await anyio.to_thread.run_sync(write, database, run_id, range(len(received), len(received) + 59))
                if len(received) == 119:
                    break
            group.cancel_scope.cancel()
        return received

    write(database, run_id, range(1))
    assert anyio.run(slow) == list(range(119))


def test_nobody_listening_costs_no_query(database: Database) -> None:
    async def idle() -> int:
        feed, asked = Live(database), 0

        def count(*_: object, **__: object) -> list[object]:
            nonlocal asked
            asked += 1
            return []

        feed._read = count  # type: ignore[method-assign]
        with anyio.move_on_after(0.3):
            await feed.follow()
        return asked

    assert anyio.run(idle) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_stops_at_once_while_somebody_listens(settings: Settings, tmp_path: Path, number: int) -> None:
    port = settings.port
    environment = {"EPOCHYARD_HOME": str(tmp_path / "home"), "PATH": ""}
    command = [sys.executable, "-m", "uvicorn", "app.main:create_app", "--factory", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[3], stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as api:
            _await(api)
            with listening(api) as events:
                process.send_signal(number)
                began = time.monotonic()
                assert list(events) == []  # the stream ends cleanly
        assert process.wait(20) in (0, -number)
        assert time.monotonic() - began < 3
    finally:
        process.kill()
        process.wait()


def _await(api: httpx.Client) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            api.get("/healthz")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the server did not start")
