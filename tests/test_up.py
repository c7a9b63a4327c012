"""`epochyard up` as a person uses it: a real process with a broker, a worker and a page of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from sqlmodel import col, select

from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database
from app.store.models import Epoch, Event, Run, RunStatus

DEADLINE_SECONDS = 120.0


def until(look: Callable[[], Any], seconds: float = DEADLINE_SECONDS) -> Any:
    deadline = time.monotonic() + seconds
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
    """The command, started anew where it has ended, its environment, and what is in its database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port}"
        self.environment = {
            **os.environ,
            "EPOCHYARD_HOME": str(settings.home),
            "EPOCHYARD_PORT": str(settings.port),
            "OMP_NUM_THREADS": "1",  # threads would only wait for each other where much runs at once
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.database = Database(settings.database)

    def start(self) -> None:
        """Returns when the page answers; does nothing while it runs."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen([sys.executable, "-m", "app", "up"], env=self.environment)
            until(self.answers)

    def end(self, sent: signal.Signals) -> int:
        """Its exit code, once nothing of it is left."""
        assert self.process
        self.process.send_signal(sent)
        code = self.process.wait(60)
        until(lambda: not processes_of(self.settings.home))
        return code

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

    def kill_broker(self) -> None:
        with redis.Redis(unix_socket_path=str(self.settings.broker_socket)) as client:
            pid = client.info("server")["process_id"]
        os.kill(pid, signal.SIGKILL)

    def submit(self, **values: Any) -> int:
        body = {"dataset": "digits", **values}
        return int(httpx.post(f"{self.url}/api/runs", json=body).raise_for_status().json()["id"])

    def run(self, run_id: int) -> Run:
        with self.database.read() as session:
            return runs.get(session, run_id)

    def trains(self, run_id: int, epoch: int = 1) -> None:
        until(lambda: (run := self.run(run_id)).status == RunStatus.RUNNING and run.epoch >= epoch)

    def ended(self, run_id: int) -> Run:
        until(lambda: self.run(run_id).status.is_final)
        return self.run(run_id)

    def epochs(self, run_id: int) -> list[dict[str, Any]]:
        """The recorded epochs without what depends on the clock."""
        with self.database.read() as session:
            rows = session.exec(select(Epoch).where(Epoch.run_id == run_id).order_by(col(Epoch.epoch)))
            return [row.model_dump(exclude={"run_id", "seconds", "images_per_second"}) for row in rows]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    up = Up(Settings(home=tmp_path_factory.mktemp("up") / "home", port=port))
    try:
        yield up
    finally:
        if up.process:
            up.process.kill()
            up.process.wait()
        until(lambda: not processes_of(up.settings.home))
        up.database.close()


@pytest.fixture
def up(machine: Up) -> Up:
    machine.start()
    return machine


def test_a_run_is_submitted_watched_and_listed(up: Up) -> None:
    watched = up.command("submit", "--dataset", "digits", "--epochs", "2", "--name", "first", "--watch")
    assert watched.returncode == 0, watched.stderr
    assert "finished: test accuracy" in watched.stdout
    assert "first" in up.command("runs").stdout


def test_a_second_up_says_what_is_in_its_way(up: Up) -> None:
    same_port = up.command("up")
    assert same_port.returncode == 2
    assert "in use" in same_port.stderr and "EPOCHYARD_PORT" in same_port.stderr
    same_home = up.command("up", EPOCHYARD_PORT=str(up.settings.port % 60000 + 1024))
    assert same_home.returncode == 2
    assert "EPOCHYARD_HOME" in same_home.stderr
    assert up.answers()


def test_a_broker_that_dies_while_a_run_trains_or_none_does_is_started_again_and_costs_no_run(up: Up) -> None:
    running, queued = up.submit(architecture="mlp", epochs=150), up.submit(architecture="mlp", epochs=1)
    up.trains(running)
    up.kill_broker()
    later = up.submit(architecture="mlp", epochs=1)
    for run_id in (running, queued, later):
        run = up.ended(run_id)
        assert (run.status, run.attempt) == (RunStatus.FINISHED, 1)
    up.kill_broker()
    assert up.ended(up.submit(architecture="mlp", epochs=1)).status == RunStatus.FINISHED


def test_ctrl_c_puts_the_running_run_back_and_the_next_up_finishes_it_with_the_same_figures(up: Up) -> None:
    settings = {"architecture": "lenet", "epochs": 20}
    run_id = up.submit(**settings)
    up.trains(run_id, epoch=2)
    assert up.end(signal.SIGINT) == 0
    stopped = up.run(run_id)
    assert stopped.status == RunStatus.QUEUED
    assert 2 <= stopped.epoch < 20
    up.start()
    whole_id = up.submit(**settings)
    run, whole = up.ended(run_id), up.ended(whole_id)
    assert (run.status, run.attempt, whole.attempt) == (RunStatus.FINISHED, 2, 1)
    assert run.facts["resumed_epoch"] >= 2
    assert len(up.epochs(run_id)) == 20
    assert up.epochs(run_id) == up.epochs(whole_id)
    assert (run.best_epoch, run.test_loss, run.confusion) == (whole.best_epoch, whole.test_loss, whole.confusion)
    with up.database.read() as session:
        told = select(Event).where(Event.run_id == run_id, Event.kind == "epoch")
        assert [event.payload["epoch"] for event in session.exec(told)] == list(range(1, 21))


def test_nothing_is_left_when_it_is_killed_and_the_running_run_is_back_in_the_queue(up: Up) -> None:
    run_id = up.submit(architecture="mlp", epochs=1000)
    up.trains(run_id)
    assert up.end(signal.SIGKILL) == -signal.SIGKILL
    assert up.run(run_id).status == RunStatus.QUEUED


def test_nothing_is_left_when_it_ends_while_its_worker_still_loads_torch(up: Up) -> None:
    assert up.process
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    until(lambda: not processes_of(up.settings.home), seconds=3)
