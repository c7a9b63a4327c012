"""What can be done to runs over the REST API, one by one and many at once, and that the workers hear of it."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import text

from app.lifecycle import claims, runs
from app.lifecycle.actions import Actor
from app.lifecycle.queue import GPU_QUEUE, QUEUE, Messages
from app.settings import Settings
from app.store.database import Database
from app.store.migrate import migrate
from app.store.models import Run
from app.store.outbox import tell
from trainer.catalog import resolve


def launched(api: httpx.Client, **body: Any) -> int:
    response = api.post("/api/runs", json={"dataset": "digits"} | body)
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


def failed(database: Database) -> int:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id or 0
        claim = runs.claim(session, run_id, "somebody")
        assert claim and runs.fail(session, claim, "The loss became nan.")
    return run_id


def running(api: httpx.Client, database: Database) -> int:
    run_id = launched(api)
    with database.write() as session:
        assert runs.claim(session, run_id, "somebody")
    return run_id


def order(api: httpx.Client) -> list[int]:
    return [run["id"] for run in api.get("/api/queue").json()["runs"]]


def test_a_run_is_paused_resumed_cancelled_and_retried(api: httpx.Client) -> None:
    run_id = launched(api)
    path = f"/api/runs/{run_id}"
    for action, code, status in (
        ("pause", 202, "paused"),
        ("resume", 200, "queued"),
        ("cancel", 202, "cancelled"),
        ("retry", 200, "queued"),
    ):
        answer = api.post(f"{path}/{action}")
        assert (answer.status_code, answer.json()["status"]) == (code, status)
        assert api.get(path).json()["status"] == status


def test_a_running_run_is_asked_to_pause_and_may_go_on_after_all(api: httpx.Client, database: Database) -> None:
    path = f"/api/runs/{running(api, database)}"
    asked = api.post(f"{path}/pause").json()
    assert asked["status"] == "running" and asked["pause_requested_at"]
    assert api.post(f"{path}/resume").json()["pause_requested_at"] is None


@pytest.mark.parametrize("action", ["cancel", "pause", "resume", "retry", "move", "priority"])
def test_what_a_finished_run_does_not_allow_is_refused_with_the_reason(
    api: httpx.Client, finished_run: int, action: str
) -> None:
    bodies = {"move": {"places": -1}, "priority": {"priority": 3}}
    method = "PUT" if action == "priority" else "POST"
    answer = api.request(method, f"/api/runs/{finished_run}/{action}", json=bodies.get(action))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert f"Run {finished_run} has finished" in answer.json()["detail"]
    assert api.post(f"/api/runs/99/{action}", json=bodies.get(action)).status_code in (404, 405)


def test_a_failed_run_starts_over_only_when_asked(api: httpx.Client, database: Database, settings: Settings) -> None:
    run_id = failed(database)
    checkpoint = settings.run_folder(run_id) / "last.pt"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.touch()
    for start_over in (False, True):
        api.post(f"/api/runs/{run_id}/retry", params={"start_over": start_over})
        with database.write() as session:
            claim = runs.claim(session, run_id, "somebody")
            assert claim and claim.start_over == start_over
            runs.fail(session, claim, "Again.")
    # The training that begins anew replaces them, nobody else.
    assert checkpoint.exists()


def test_the_order_of_the_queue_is_changed(api: httpx.Client) -> None:
    one, two, three = launched(api), launched(api), launched(api, priority=0)
    assert order(api) == [one, two, three]
    assert api.put(f"/api/runs/{three}/priority", json={"priority": 9}).json()["queue_position"] == 1
    moved = api.post(f"/api/runs/{three}/move", json={"places": 1}).json()
    assert (moved["queue_position"], moved["priority"]) == (2, 5)
    assert order(api) == [one, three, two]
    for body in ({"priority": 10}, {"priority": "high"}, {}):
        assert api.put(f"/api/runs/{three}/priority", json=body).status_code == 422
    assert api.post("/api/runs", json={"dataset": "digits", "priority": -1}).status_code == 422


def test_a_clone_has_the_originals_settings_and_labels_but_for_the_edits(api: httpx.Client) -> None:
    labels = {"name": "Original", "tags": ["a"], "notes": "why"}
    first = launched(api, momentum=0.25, optimizer="sgd", epochs=3, priority=9, **labels)
    answer = api.post(f"/api/runs/{first}/clone")
    copy, original = answer.json(), api.get(f"/api/runs/{first}").json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/runs/{copy['id']}")
    assert copy["id"] != first and copy["config"] == original["config"]
    assert {name: copy[name] for name in labels} == labels
    assert (copy["status"], copy["priority"], copy["group"]) == ("queued", 5, None)
    edits = {"epochs": 7, "momentum": None, "tags": [], "name": "Edited", "priority": 1}
    edited = api.post(f"/api/runs/{first}/clone", json=edits).json()
    changed = {name for name, value in edited["config"].items() if original["config"][name] != value}
    assert changed == {"epochs", "momentum"}
    assert (edited["tags"], edited["name"], edited["notes"], edited["priority"]) == ([], "Edited", "why", 1)


def test_a_clone_of_another_architecture_takes_its_defaults(api: httpx.Client) -> None:
    first = launched(api, architecture="lenet", epochs=3)
    copy = api.post(f"/api/runs/{first}/clone", json={"architecture": "mlp"}).json()
    fresh = api.post("/api/runs", json={"architecture": "mlp", "dataset": "digits", "epochs": 3}).json()
    assert copy["config"] == fresh["config"]


def test_a_clone_is_validated_like_every_run(api: httpx.Client) -> None:
    first = launched(api, architecture="mlp", hidden=32)
    for edits in ({"epochs": 0}, {"architecture": "lenet"}, {"rain": 1}, {"dataset": "mnits"}):
        assert api.post(f"/api/runs/{first}/clone", json=edits).status_code == 422, edits
    assert api.post("/api/runs/99/clone").status_code == 404
    assert api.get("/api/runs").json()["total"] == 1


def test_many_runs_are_acted_on_at_once_each_by_its_own_rules(
    api: httpx.Client, database: Database, finished_run: int
) -> None:
    queued, busy = launched(api), running(api, database)
    answer = api.post("/api/runs/actions", json={"action": "pause", "ids": [queued, finished_run, busy, 99, queued]})
    assert answer.status_code == 200
    assert answer.json() == [
        {"id": queued, "done": True, "reason": None},
        {"id": finished_run, "done": False, "reason": f"Run {finished_run} has finished; clone it to run it again."},
        {"id": busy, "done": True, "reason": None},
        {"id": 99, "done": False, "reason": "There is no run 99."},
    ]
    statuses = {run["id"]: run["status"] for run in api.get("/api/runs").json()["runs"]}
    assert statuses == {queued: "paused", busy: "running", finished_run: "finished"}


def test_many_runs_are_deleted_with_their_files(api: httpx.Client, database: Database, settings: Settings) -> None:
    gone, busy = launched(api), running(api, database)
    for run_id in (gone, busy):
        settings.run_folder(run_id).mkdir(parents=True)
    outcomes = api.post("/api/runs/actions", json={"action": "delete", "ids": [gone, busy]}).json()
    assert [outcome["done"] for outcome in outcomes] == [True, False]
    assert [settings.run_folder(run_id).exists() for run_id in (gone, busy)] == [False, True]


def test_many_runs_are_retried_and_prioritised(api: httpx.Client, database: Database) -> None:
    one, two = failed(database), failed(database)
    body = {"action": "retry", "ids": [two, one], "start_over": True}
    assert all(outcome["done"] for outcome in api.post("/api/runs/actions", json=body).json())
    assert order(api) == [two, one]
    with database.read() as session:
        assert runs.get(session, one).start_over
    api.post("/api/runs/actions", json={"action": "priority", "ids": [one], "priority": 9})
    assert order(api) == [one, two]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"action": "rest", "ids": [1]}, "action", "cancel, pause, resume, retry, delete, priority"),
        ({"action": "pause", "ids": []}, "ids", "at least 1"),
        ({"action": "pause", "ids": list(range(1, 1002))}, "ids", "at most 1000"),
        ({"action": "pause", "ids": ["1"]}, "ids.0", "a whole number"),
        ({"action": "priority", "ids": [1]}, "priority", "0 to 9"),
    ],
)
def test_what_many_runs_are_not_asked_for_is_named(
    api: httpx.Client, body: dict[str, Any], field: str, words: str
) -> None:
    answer = api.post("/api/runs/actions", json=body)
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["field"] == field and words in problem["message"]


def messages(url: str) -> dict[str, int]:
    with redis.Redis.from_url(url.replace("redis+socket", "unix")) as client:
        return {name: int(client.llen(name)) for name in (QUEUE, GPU_QUEUE)}  # type: ignore[arg-type]


def test_the_workers_hear_of_runs_that_wait_again(
    serve: Any, settings: Settings, broker_url: str, database: Database
) -> None:
    with database.write() as session:
        ids = [runs.submit(session, resolve({"dataset": "digits", "device": device})).id for device in ("cuda", "auto")]
        for run_id in ids:
            runs.request_pause(session, run_id or 0)
    with redis.Redis.from_url(broker_url.replace("redis+socket", "unix")) as client:
        client.delete(QUEUE, GPU_QUEUE)
    with serve(settings.model_copy(update={"broker_url": broker_url})) as api:
        api.post(f"/api/runs/{ids[0]}/resume")
        assert messages(broker_url) == {QUEUE: 0, GPU_QUEUE: 1}
        api.post("/api/runs/actions", json={"action": "resume", "ids": ids})
        assert messages(broker_url) == {QUEUE: 1, GPU_QUEUE: 1}
        api.post(f"/api/runs/{ids[1]}/cancel")
        assert api.post(f"/api/runs/{ids[1]}/retry").json()["message"] is None
        assert messages(broker_url) == {QUEUE: 2, GPU_QUEUE: 1}


def test_with_the_broker_down_a_resumed_run_is_kept_and_says_so(api: httpx.Client, database: Database) -> None:
    run_id = launched(api)
    with database.write() as session:
        run: Run = runs.request_pause(session, run_id)
        assert run.message is None
    found = api.post(f"/api/runs/{run_id}/resume").json()
    assert (found["status"], "EPOCHYARD_BROKER_URL" in found["message"]) == ("queued", True)
    assert api.get(f"/api/runs/{run_id}").json()["message"] == found["message"]


def test_many_runs_and_a_training_that_tells_do_not_wait_for_each_other(settings: Settings, postgres_url: str) -> None:
    database = Database(postgres_url)
    migrate(database)
    actor = Actor(database, Messages("redis://127.0.0.1:1/0"), settings)
    with database.write() as session:
        ids = [runs.submit(session, resolve({"dataset": "digits"})).id or 0 for _ in range(2)]
        claim = runs.claim(session, ids[1], "somebody")
        assert claim
    with ThreadPoolExecutor(1) as others, database.write() as session:
        assert claims.renew(session, claim)
        pausing = others.submit(actor.many, "pause", ids)
        deadline = time.monotonic() + 10
        while not blocked(database):
            assert time.monotonic() < deadline, "nobody waits for the row"
        tell(session, ids[1], "step", {})
        session.commit()
        assert all(outcome.done for outcome in pausing.result(10))
    database.close()


def blocked(database: Database) -> bool:
    """Whether somebody waits for a lock."""
    waits = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    with database.read() as session:
        return session.connection().execute(waits).first() is not None
