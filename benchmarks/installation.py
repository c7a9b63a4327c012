"""An Epochyard of a measurement's own: an empty database, and the real web process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
from sqlalchemy import create_engine, make_url, text

from app.settings import Settings


@contextmanager
def database_url(wanted: str) -> Iterator[str | None]:
    """An empty database on this server, gone afterwards; None, which is SQLite in the home folder, for sqlite."""
    if wanted == "sqlite":
        yield None
        return
    name = f"epochyard_bench_{uuid4().hex[:8]}"
    engine = create_engine(wanted, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(wanted).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


@contextmanager
def web(settings: Settings) -> Iterator[tuple[str, int]]:
    """Address and process id of the real web process."""
    environment = os.environ | {
        f"EPOCHYARD_{name.upper()}": str(value) for name, value in settings.model_dump(exclude_none=True).items()
    }
    process = subprocess.Popen([sys.executable, "-m", "app.web.server"], env=environment)
    address = f"http://127.0.0.1:{settings.port}"
    try:
        until(lambda: process.poll() is None and answers(address))
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=1).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], bool]) -> None:
    while not look():
        time.sleep(0.1)
