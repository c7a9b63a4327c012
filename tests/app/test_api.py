"""Runs over the REST API: launch, read, label, cancel, delete, and what they have to show."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from app.comparing.comparison_schemas import ComparisonPublic
from app.settings import Settings
from app.store.database import Database
from app.store.models import Event
from trainer.config import choices

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parents[2]


def launched(api: httpx.Client, **body: object) -> int:
    response = api.post("/api/runs", json={"dataset": "digits"} | body)
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


def test_a_launched_run_has_the_catalogues_defaults_and_a_location(api: httpx.Client) -> None:
    response = api.post("/api/runs", json={"architecture": "cnn", "dataset": "digits", "name": "One", "tags": ["a"]})
    run = response.json()
    assert response.headers["location"] == f"/api/runs/{run['id']}"
    assert (run["status"], run["name"], run["tags"], run["progress"], run["epochs"]) == ("queued", "One", ["a"], 0, 10)
    assert (run["config"]["optimizer"], run["config"]["learning_rate"], run["config"]["momentum"]) == ("sgd", 0.01, 0.5)
    assert api.get(response.headers["location"]).json() == run


def test_null_stands_for_the_default(api: httpx.Client) -> None:
    run = api.post("/api/runs", json={"dataset": "digits", "epochs": None}).json()
    assert run["epochs"] == 10


def test_a_prepared_data_set_is_known_as_soon_as_its_file_is_there(api: httpx.Client, settings: Settings) -> None:
    assert api.post("/api/runs", json={"dataset": "leaves"}).status_code == 422
    settings.data_folder.mkdir(parents=True)
    (settings.data_folder / "leaves.npz").touch()
    assert api.post("/api/runs", json={"dataset": "leaves"}).status_code == 201
    assert "leaves" in [entry["name"] for entry in api.get("/api/catalog").json()["datasets"]]


def test_the_catalogue_says_which_architectures_belong_together_and_have_what(api: httpx.Client) -> None:
    entries = {entry["name"]: entry for entry in api.get("/api/catalog").json()["architectures"]}
    assert list(entries) == list(choices("architecture"))
    assert (entries["plain20"]["family"], entries["plain20"]["settings"]) == ("Plain", ["dropout", "head"])
    assert (entries["mlp"]["family"], entries["mlp"]["settings"]) == ("Small", ["hidden", "dropout"])


def test_a_width_that_matches_another_networks_parameters_is_found(api: httpx.Client) -> None:
    found = api.get("/api/match?architecture=cnn&like=mlp").json()
    assert found == {"setting": "features", "value": 6, "parameters": 6422, "target": 6442}
    refused = api.get("/api/match?architecture=vgg11&like=mlp")
    assert refused.status_code == 422 and "those with one are mlp, cnn" in refused.text
    unknown = api.get("/api/match?architecture=cnn&like=mlp&dataset=leaves")
    assert unknown.status_code == 422 and "known are mnist" in unknown.text


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/redis.sock"])
def test_with_the_broker_down_a_run_is_kept_and_says_so_quickly(serve, settings: Settings, broker: str) -> None:  # type: ignore[no-untyped-def]
    with serve(settings.model_copy(update={"broker_url": broker})) as api:
        began = time.monotonic()
        run = api.post("/api/runs", json={"dataset": "digits"}).json()
        assert time.monotonic() - began < 3
        assert run["status"] == "queued"
        assert "EPOCHYARD_BROKER_URL" in run["message"]
        assert api.get(f"/api/runs/{run['id']}").json()["message"] == run["message"]
        health = api.get("/healthz")
        assert (health.status_code, health.json()["broker"]) == (200, "does not answer")


def test_with_the_broker_up_a_run_has_nothing_to_say(serve, settings: Settings, broker_url: str) -> None:  # type: ignore[no-untyped-def]
    with serve(settings.model_copy(update={"broker_url": broker_url})) as api:
        assert api.post("/api/runs", json={"dataset": "digits"}).json()["message"] is None
        assert api.get("/healthz").json() == {"database": "ok", "broker": "ok"}


def test_labels_change_and_the_change_is_told(api: httpx.Client, database: Database) -> None:
    run_id = launched(api, name="Old", notes="kept")
    run = api.patch(f"/api/runs/{run_id}", json={"name": "New", "tags": ["é"]}).json()
    assert (run["name"], run["tags"], run["notes"]) == ("New", ["é"], "kept")
    with database.read() as session:
        told = session.exec(select(Event).where(Event.kind == "labels")).one()
    assert told.payload == {"name": "New", "tags": ["é"], "notes": "kept"}
    assert api.patch(f"/api/runs/{run_id}", json={"epochs": 3}).status_code == 422


def test_a_queued_run_is_cancelled_once(api: httpx.Client) -> None:
    run_id = launched(api)
    assert api.post(f"/api/runs/{run_id}/cancel").json()["status"] == "cancelled"
    assert api.post(f"/api/runs/{run_id}/cancel").status_code == 409


def test_a_deleted_run_takes_its_files_along(api: httpx.Client, settings: Settings) -> None:
    run_id = launched(api)
    folder = settings.run_folder(run_id)
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("one\n")
    assert api.delete(f"/api/runs/{run_id}").status_code == 204
    assert not folder.exists()
    assert api.get(f"/api/runs/{run_id}").status_code == 404
    assert launched(api) != run_id


def test_epochs_and_steps(api: httpx.Client, finished_run: int) -> None:
    epochs = api.get(f"/api/runs/{finished_run}/epochs").json()
    assert [row["epoch"] for row in epochs] == [1, 2]
    assert set(epochs[0]) == {
        *("epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"),
        *("test_loss", "test_accuracy", "learning_rate", "seconds", "images_per_second"),
    }
    assert api.get(f"/api/runs/{finished_run}/steps").json() == []


def test_classes_of_a_tested_run_are_the_tests(api: httpx.Client, finished_run: int) -> None:
    result = api.get(f"/api/runs/{finished_run}/classes").json()
    assert (result["split"], result["epoch"]) == ("test", 2)
    cat, dog = result["classes"]
    assert (cat["name"], cat["correct"], cat["total"], cat["accuracy"]) == ("cat", 9, 10, 0.9)
    # R 4: prop.test(9, 10, correct = FALSE)$conf.int
    assert (round(cat["low"], 4), round(cat["high"], 4)) == (0.5958, 0.9821)
    assert dog["accuracy"] == 0.6


def test_the_confusion_of_an_epoch_is_on_the_selection_split(api: httpx.Client, finished_run: int) -> None:
    path = f"/api/runs/{finished_run}/confusion"
    assert api.get(path).json()["matrix"] == [[9, 1], [4, 6]]
    first = api.get(path, params={"epoch": 1}).json()
    assert (first["split"], first["epoch"], first["matrix"]) == ("validation", 1, [[1, 0], [1, 1]])
    assert api.get(path, params={"epoch": 3}).status_code == 404


def test_figures_by_name(api: httpx.Client, finished_run: int) -> None:
    assert set(api.get(f"/api/runs/{finished_run}/figures/loss").json()) == {"data", "layout"}
    assert "known are loss" in api.get(f"/api/runs/{finished_run}/figures/rain").json()["detail"]


def test_files_are_problems_until_they_are_there(api: httpx.Client, settings: Settings) -> None:
    run_id = launched(api)
    folder = settings.run_folder(run_id)
    assert api.get(f"/api/runs/{run_id}/checkpoint").status_code == 404
    assert api.get(f"/api/runs/{run_id}/samples").status_code == 404
    assert api.get(f"/api/runs/{run_id}/log").text == ""
    folder.mkdir(parents=True)
    (folder / "best.safetensors").write_bytes(b"weights")
    (folder / "samples.png").write_bytes(b"png")
    answer = api.get(f"/api/runs/{run_id}/checkpoint")
    assert answer.content == b"weights"
    assert f'filename="run-{run_id}-best.safetensors"' in answer.headers["content-disposition"]
    assert api.get(f"/api/runs/{run_id}/samples").headers["content-type"] == "image/png"


@pytest.mark.parametrize("lines", [1, 3, 70_000])
def test_the_tail_of_a_log_is_its_last_lines(api: httpx.Client, settings: Settings, lines: int) -> None:
    run_id = launched(api)
    written = [f"line {number} é" for number in range(50_000)]
    path = settings.run_folder(run_id) / "log.txt"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(written) + "\n")
    answer = api.get(f"/api/runs/{run_id}/log", params={"tail": lines})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == written[-lines:]


def test_a_comparison_says_what_differs(api: httpx.Client, finished_run: int) -> None:
    other = launched(api, permute=True)
    result = api.get("/api/compare", params={"runs": f"{other},{finished_run}"}).json()
    assert [run["id"] for run in result["runs"]] == [other, finished_run]
    assert result["differing"]["permute"] == {str(other): True, str(finished_run): False}
    assert "seed" not in result["differing"]
    assert (len(result["epochs"][str(finished_run)]), result["epochs"][str(other)]) == (2, [])
    assert result["classes"][str(finished_run)]["split"] == "test"


def test_the_histories_of_several_runs_come_in_one_answer(api: httpx.Client, finished_run: int) -> None:
    waiting = launched(api)
    alone = api.get(f"/api/runs/{finished_run}/epochs").json()
    found = api.get("/api/epochs", params={"runs": f"{waiting},{finished_run}"}).json()
    assert found == {str(waiting): [], str(finished_run): alone}
    assert [row["epoch"] for row in alone] == [1, 2]
    refused = api.get("/api/epochs", params={"runs": f"{finished_run},999"})
    assert refused.status_code == 404 and "999" in refused.text


def test_a_run_is_the_same_alone_and_among_others(api: httpx.Client, finished_run: int) -> None:
    launched(api)
    alone = api.get(f"/api/runs/{finished_run}").json()
    assert api.get("/api/runs", params={"status": "finished"}).json()["runs"] == [alone]
    compared = api.get("/api/compare", params={"runs": finished_run})
    # It is sent as it was read, and is what the interface describes all the same.
    assert ComparisonPublic.model_validate_json(compared.text)
    assert compared.json()["runs"] == [alone]
    assert compared.json()["epochs"] == {str(finished_run): api.get(f"/api/runs/{finished_run}/epochs").json()}


def test_a_recipe_launches_its_runs_as_one_group(api: httpx.Client) -> None:
    runs = api.post("/api/recipes/permutation", json={"seed": 3}).json()
    assert [(run["config"]["architecture"], run["config"]["permute"]) for run in runs] == [
        ("mlp", False), ("cnn", False), ("mlp", True), ("cnn", True),
    ]  # fmt: skip
    assert {run["config"]["seed"] for run in runs} == {3}
    assert len({run["config"]["permutation_seed"] for run in runs}) == 1
    (group,) = {run["group"] for run in runs}
    assert api.get("/api/runs", params={"group": group}).json()["total"] == 4
    assert api.post("/api/recipes/permutation").status_code == 201
    assert api.post("/api/recipes/rain").status_code == 404
    assert api.post("/api/recipes/permutation", json={"epochs": 0}).status_code == 422


def test_openapi_describes_every_route_with_examples_and_problems(api: httpx.Client) -> None:
    document = api.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert {"Problem", "FieldProblem", "RunSubmission"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    wanted = {"/api/runs", "/api/runs/{run_id}", "/api/catalog", "/api/compare", "/api/events", "/healthz"}
    wanted |= {"/api/runs/actions", "/api/queue", "/api/workers", "/api/workers/{name}/drain"}
    parts = ("epochs", "steps", "classes", "confusion", "figures/{name}", "checkpoint", "samples", "log")
    parts += ("cancel", "pause", "resume", "retry", "clone", "priority", "move")
    assert wanted | {f"/api/runs/{{run_id}}/{part}" for part in (*parts, "evidence")} <= set(document["paths"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["description"], where
            assert operation["responses"]["default"]["content"]["application/problem+json"], where
            for status, answer in operation["responses"].items():
                for kind in answer.get("content", {}).values():
                    assert status == "default" or _has_example(kind, schemas), where


def _has_example(content: dict, schemas: dict) -> bool:  # type: ignore[type-arg]
    schema = content.get("schema", {})
    schema = schema.get("items", schema)
    named = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
    used = str(named)
    return "example" in content or "examples" in named or any(f"schemas/{name}'" in used for name in schemas)


def test_the_web_process_starts_without_what_it_rarely_needs() -> None:
    code = "import sys; from app.main import create_app; create_app(); print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    rare = {"torch", "plotly", "numpy", "scipy", "PIL", "alembic", "httpx", "psycopg", "redis", "typer"}
    assert not rare & set(answer.stdout.split())
