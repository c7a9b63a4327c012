"""`epochyard up` as a person uses it: a real process with a broker, a worker and a page of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import runs
from app.database import Database
from app.models import RunStatus
from app.settings import Settings

DEADLINE_SECONDS = 120.0


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (answer := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return answer


def processes_of(home: Path) -> list[int]:
    """The living processes that were started with this home folder."""
    mark = f"EPOCHYARD_HOME={home}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


class Up:
    """The command, its environment, and what it prints."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port}"
        self.environment = {
            **os.environ,
            "EPOCHYARD_HOME": str(settings.home),
            "EPOCHYARD_PORT": str(settings.port),
        }
        self.process = subprocess.Popen([sys.executable, "-m", "app", "up"], env=self.environment)

    def command(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            env={**self.environment, **changes},
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
        )

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def up(settings: Settings) -> Iterator[Up]:
    up = Up(settings)
    try:
        until(up.answers)
        yield up
    finally:
        up.process.kill()
        up.process.wait()
        until(lambda: not processes_of(settings.home))


def test_a_run_is_submitted_watched_and_listed_and_a_second_up_says_what_is_in_its_way(up: Up) -> None:
    watched = up.command("submit", "--dataset", "digits", "--epochs", "2", "--name", "first", "--watch")
    assert watched.returncode == 0, watched.stderr
    assert "Run 1 finished" in watched.stdout
    assert "first" in up.command("runs").stdout

    refused = up.command("submit", "--dataset", "digits", "--epochs", "0")
    assert refused.returncode == 1
    assert "epochs" in refused.stderr

    same_port = up.command("up")
    assert same_port.returncode == 2
    assert "in use" in same_port.stderr and "EPOCHYARD_PORT" in same_port.stderr
    same_home = up.command("up", EPOCHYARD_PORT=str(up.settings.port % 60000 + 1024))
    assert same_home.returncode == 2
    assert "EPOCHYARD_HOME" in same_home.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_it_ends_and_the_running_run_is_back_in_the_queue(up: Up, sent: signal.Signals) -> None:
    up.command("submit", "--dataset", "digits", "--architecture", "mlp", "--epochs", "1000")
    database = Database(up.settings.database)

    def run() -> Any:
        with database.read() as session:
            return runs.get(session, 1)

    until(lambda: run().epoch >= 1)
    up.process.send_signal(sent)
    assert up.process.wait(40) == (0 if sent == signal.SIGINT else -sent)
    until(lambda: not processes_of(up.settings.home))
    assert run().status == RunStatus.QUEUED
    database.close()
