"""The commands that act on runs, on the queue and on workers, against a real server."""

import re

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.lifecycle import runs
from app.store.database import Database
from app.store.models import Worker
from trainer.catalog import resolve


@pytest.fixture
def run(api: httpx.Client):  # type: ignore[no-untyped-def]
    """Runs a command as a person types it, against the server."""

    def invoke(line: str, typed: str = "") -> Result:
        arguments = [*line.split(), "--url", str(api.base_url)]
        return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"}, input=typed)

    return invoke


def submitted(database: Database, count: int = 1, **values: str) -> list[int]:
    with database.write() as session:
        return [runs.submit(session, resolve({"dataset": "digits"}), **values).id or 0 for _ in range(count)]  # type: ignore[arg-type]


def status(api: httpx.Client, run_id: int) -> str:
    return str(api.get(f"/api/runs/{run_id}").json()["status"])


def test_runs_are_paused_resumed_cancelled_and_retried(api, run, database: Database) -> None:  # type: ignore[no-untyped-def]
    one, two = submitted(database, 2)
    for command, expected in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued")):
        result = run(f"{command} {one} {two}")
        assert result.exit_code == 0, result.stderr
        assert result.stdout.count("Run ") == 2
        assert [status(api, run_id) for run_id in (one, two)] == [expected] * 2
    run(f"cancel {one}")
    assert run(f"retry {one} --start-over").exit_code == 0
    with database.read() as session:
        assert runs.get(session, one).start_over


def test_what_is_refused_is_told_and_the_rest_is_done(api, run, database: Database, finished_run: int) -> None:  # type: ignore[no-untyped-def]
    (one,) = submitted(database)
    result = run(f"pause {finished_run} {one} 99")
    assert result.exit_code == 1
    assert f"Run {finished_run} has finished; clone it to run it again." in result.stderr
    assert "There is no run 99." in result.stderr
    assert status(api, one) == "paused"


def test_a_run_is_deleted_only_after_a_second_word(api, run, database: Database) -> None:  # type: ignore[no-untyped-def]
    (one,) = submitted(database)
    run(f"delete {one}", typed="n\n")
    assert status(api, one) == "queued"
    assert run(f"delete {one} --yes").exit_code == 0
    assert api.get(f"/api/runs/{one}").status_code == 404


def test_a_clone_has_what_was_changed(api, run, database: Database) -> None:  # type: ignore[no-untyped-def]
    (one,) = submitted(database, name="first")
    result = run(f"clone {one} --epochs 3 --tag again --priority 8")
    (number,) = re.findall(r"Run (\d+): ", result.stdout)
    made = api.get(f"/api/runs/{number}").json()
    assert (made["name"], made["epochs"], made["tags"], made["priority"]) == ("first", 3, ["again"], 8)
    assert run("clone 99").exit_code == 1


def test_the_queue_is_listed_and_ordered(run, database: Database) -> None:  # type: ignore[no-untyped-def]
    assert "Nothing waits." in run("queue").stdout
    one, two = submitted(database, 2)

    def order() -> list[int]:
        return [int(number) for number in re.findall(r"^│ \d+ +│ (\d+) ", run("queue").stdout, re.MULTILINE)]

    assert order() == [one, two]
    assert f"Run {two} has place 1" in run(f"move {two} --up 5").stdout
    assert order() == [two, one]
    assert run(f"priority {one} --to 9").exit_code == 0
    assert order() == [one, two]
    assert "1 more" in run("queue --limit 1").stdout


def test_workers_are_listed_and_drained(run, database: Database) -> None:  # type: ignore[no-untyped-def]
    assert "epochyard worker" in run("workers").stdout
    with database.write() as session:
        session.add(Worker(name="vm-7", host="vm", pid=7, gpu=True, device="H100", memory_total=2**36, utilisation=0.5))
    listed = run("workers").stdout
    assert all(words in listed for words in ("vm-7", "idle", "H100", "64.0 GiB", "50%", "0 s ago"))
    assert "takes no other" in run("drain vm-7").stdout
    assert "drained" in run("workers").stdout
    assert "takes runs again" in run("drain vm-7 --off").stdout
    refused = run("drain nobody")
    assert refused.exit_code == 1 and "known are vm-7" in refused.stderr
