"""The commands as a person types them: the web server is real, and what goes wrong is said in words."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.client import Client
from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database
from app.store.outbox import tell
from app.web.live import Live
from trainer.catalog import resolve

NOWHERE = "http://127.0.0.1:9"


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200", **environment})


def process(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """For commands that install signal handlers or become another program."""
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60)


def url(api: httpx.Client) -> list[str]:
    return ["--url", str(api.base_url)]


def test_a_run_is_submitted_with_its_labels_and_settings(api: httpx.Client) -> None:
    labels = ["--name", "mine", "--tag", "one", "--tag", "two", "--notes", "why"]
    result = run("submit", "--dataset", "digits", "--epochs", "3", "--no-shuffle", *labels, *url(api))
    assert result.exit_code == 0
    assert "Run 1: " in result.stdout and "/runs/1" in result.stdout
    # No broker runs here, and whoever submits is told.
    assert "broker" in result.stdout
    made = api.get("/api/runs/1").json()
    assert (made["name"], made["tags"], made["notes"]) == ("mine", ["one", "two"], "why")
    assert (made["config"]["epochs"], made["config"]["shuffle"]) == (3, False)


def test_several_values_launch_every_combination(api: httpx.Client) -> None:
    values = ["--grid", "learning-rate=0.1..0.001 log 3", "--grid", "seed=0,1"]
    result = run("submit", "--dataset", "digits", *values, "--name", "sweep", *url(api))
    assert result.exit_code == 0 and f"6 runs: {api.base_url}/compare?runs=1,2,3,4,5,6" in result.stdout
    assert [run["config"]["learning_rate"] for run in api.get("/api/runs?sort=id").json()["runs"]][::2] == [
        *(0.1, 0.01, 0.001)
    ]
    for wrong, words in (
        ("rain=1", "--grid rain=1"),
        ("seed=x", "“x” is not a whole number"),
        ("epochs=0,1", "at least 1"),
    ):
        refused = run("submit", "--grid", wrong, *url(api))
        assert refused.exit_code == 1 and words in refused.stderr


def test_a_setting_that_is_not_accepted_is_named_once_with_what_is(api: httpx.Client) -> None:
    one = run("submit", "--dataset", "digits", "--epochs", "0", *url(api))
    assert one.exit_code == 1
    assert one.stderr.count("epochs") == 1
    assert "at least 1" in one.stderr
    two = run("submit", "--dataset", "digits", "--epochs", "0", "--batch-size", "0", *url(api))
    assert (two.stderr.count("epochs: "), two.stderr.count("batch_size: ")) == (1, 1)


def test_an_unknown_data_set_is_answered_with_the_known_ones(api: httpx.Client) -> None:
    result = run("submit", "--dataset", "mnits", *url(api))
    assert result.exit_code == 1
    assert "mnits" in result.stderr and "cifar10" in result.stderr


@pytest.mark.parametrize("command", [["runs"], ["submit", "--dataset", "digits"]])
def test_without_a_server_it_says_how_to_start_one(command: list[str]) -> None:
    result = run(*command, "--url", NOWHERE)
    assert result.exit_code == 1
    assert NOWHERE in result.stderr and "epochyard up" in result.stderr


def test_an_unknown_run_is_said_to_be_none(api: httpx.Client) -> None:
    result = run("watch", "77", *url(api))
    assert result.exit_code == 1
    assert "There is no run 77." in result.stderr


def test_runs_are_listed_as_a_table_and_as_what_the_api_answers(api: httpx.Client, finished_run: int) -> None:
    table = run("runs", *url(api)).stdout
    assert all(word in table for word in (str(finished_run), "Done", "finished", "digits", "80.00%", "75.00%"))
    listed = json.loads(run("runs", "--json", *url(api)).stdout)
    assert listed == api.get("/api/runs").json()
    assert json.loads(run("runs", "--json", "--status", "failed", *url(api)).stdout)["runs"] == []


def test_a_name_in_brackets_is_a_name_and_no_markup(api: httpx.Client) -> None:
    name = "[red]a[/blue]"
    assert run("submit", "--dataset", "digits", "--name", name, *url(api)).exit_code == 0
    assert name in run("runs", *url(api)).stdout


def test_the_token_is_sent_and_its_lack_explained(serve: Any, settings: Settings) -> None:
    token = "a-secret-of-at-least-16"
    with serve(Settings(home=settings.home, token=token)) as api:
        refused = run("runs", *url(api))
        assert refused.exit_code == 1
        assert "EPOCHYARD_TOKEN" in refused.stderr
        assert run("runs", *url(api), EPOCHYARD_TOKEN=token).exit_code == 0


def test_watching_a_finished_run_ends_at_once_with_its_result(api: httpx.Client, finished_run: int) -> None:
    result = run("watch", str(finished_run), *url(api))
    assert result.exit_code == 0
    assert "test accuracy 75.00%" in result.stdout


def test_watching_ends_badly_when_the_run_does_and_says_why(api: httpx.Client, database: Database) -> None:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id or 0

    def fail() -> None:
        with database.write() as session:
            claim = runs.claim(session, run_id, "a worker")
            assert claim
            figures = {"train_accuracy": 0.5, "validation_accuracy": 0.25, "test_accuracy": None, "seconds": 2.0}
            tell(session, run_id, "epoch", {"epoch": 1, "best": True, "progress": 0.1, **figures})
        with database.write() as session:
            runs.fail(session, claim, "The loss became nan.")

    training = threading.Timer(0.3, fail)
    training.start()
    result = run("watch", str(run_id), *url(api))
    training.join()
    assert result.exit_code == 1
    assert "failed: The loss became nan." in result.stderr


@pytest.mark.parametrize("told", [True, False], ids=["while it is followed", "before it is asked for again"])
def test_watching_ends_when_the_run_is_deleted(
    api: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id or 0
    events = Client.events

    def deleted(*arguments: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
        stream = events(*arguments)
        opened = next(stream)
        if told:
            yield opened
        api.delete(f"/api/runs/{run_id}").raise_for_status()
        if not told:
            yield opened
        yield from stream

    monkeypatch.setattr(Client, "events", deleted)
    result = run("watch", str(run_id), *url(api))
    assert result.exit_code == 1
    assert f"Run {run_id} was deleted." in result.stderr


def test_a_stream_is_open_once_the_server_listens(
    api: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer's head comes before: what happens between the two would be missed."""
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id or 0
    newest = Live.newest

    async def late(live: Live) -> int:
        await asyncio.sleep(0.5)
        return await newest(live)

    monkeypatch.setattr(Live, "newest", late)
    monkeypatch.setattr("app.client.STREAM_SECONDS", 5.0)
    with Client(str(api.base_url)) as client:
        stream = client.events(run_id)
        assert next(stream)[1] == "open"
        api.delete(f"/api/runs/{run_id}").raise_for_status()
        assert next(stream)[1] == "deleted"


@pytest.mark.parametrize("command", ["web", "up"])
def test_it_does_not_listen_beyond_this_machine_without_a_token(command: str) -> None:
    result = process(command, "--host", "0.0.0.0")
    assert result.returncode == 2
    assert "EPOCHYARD_TOKEN" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_named_with_another_to_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = process("web", "--port", str(port))
    assert result.returncode == 2
    assert f"Port {port}" in result.stderr and "EPOCHYARD_PORT=" in result.stderr


@pytest.mark.parametrize("command", ["web", "up", "worker"])
def test_a_home_that_is_no_folder_is_named_with_what_to_do(command: str, tmp_path: Path, settings: Settings) -> None:
    home = tmp_path / "file"
    home.write_text("")
    result = process(command, EPOCHYARD_HOME=str(home), EPOCHYARD_PORT=str(settings.port))
    assert result.returncode == 2
    assert str(home) in result.stderr and "EPOCHYARD_HOME" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_setting_of_the_environment_that_is_not_accepted_is_named() -> None:
    result = run("runs", EPOCHYARD_PORT="http")
    assert result.exit_code == 2
    assert "EPOCHYARD_PORT" in result.stderr and "http" in result.stderr


def test_the_secret_is_not_printed_when_it_is_too_short() -> None:
    result = run("runs", EPOCHYARD_TOKEN="short-one")
    assert result.exit_code == 2
    assert "EPOCHYARD_TOKEN" in result.stderr and "short-one" not in result.stderr


def test_the_web_server_answers_and_stops_on_request(settings: Settings) -> None:
    environment = os.environ | {"EPOCHYARD_HOME": str(settings.home), "EPOCHYARD_PORT": str(settings.port)}
    server = subprocess.Popen([sys.executable, "-m", "app", "web"], env=environment)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            assert client.get(f"http://127.0.0.1:{settings.port}/healthz", timeout=30).status_code in (200, 503)
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) in (0, -signal.SIGTERM)
    finally:
        server.kill()
        server.wait()
