"""A run's files as the page and the API read them, wherever they are kept."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError

from app.lifecycle import runs
from app.settings import Settings
from app.store.artifacts import Store
from app.store.database import Database
from app.store.migrate import migrate
from app.store.models import RunStatus
from trainer.config import RunConfig

WEIGHTS = bytes(range(256)) * 20_000  # more than one block


@pytest.fixture(params=["file", "memory"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A folder of this machine, and a store whose files can only be opened."""
    url = f"file://{tmp_path}/artifacts" if request.param == "file" else f"memory://{uuid4().hex}"
    return Settings(home=tmp_path / "home", artifacts_url=url)


@pytest.fixture
def database(stored: Settings) -> Iterator[Database]:
    database = Database(stored.database)
    migrate(database)
    yield database
    database.close()


def run_with_files(database: Database, settings: Settings, tmp_path: Path) -> int:
    """A run whose third epoch was stored by its second attempt."""
    with database.write() as session:
        run = runs.submit(session, RunConfig())
        run.status = RunStatus.FAILED
        run_id = run.id or 0
        run.stored = {}
        store = Store(settings.artifacts_url or "")
        contents = {"best.safetensors": WEIGHTS, "samples.png": b"png", "log.txt": b"one\ntwo\n"}
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
            store.put(run_id, tmp_path / name, f"2/3/{name}")
            run.stored |= {name: f"2/3/{name}"}
    return run_id


def test_the_files_of_a_run_are_read_from_the_store(serve, stored, database, tmp_path) -> None:  # type: ignore[no-untyped-def]
    run_id = run_with_files(database, stored, tmp_path)
    with serve(stored) as client:
        answer = client.get(f"/api/runs/{run_id}/checkpoint", headers={"Accept-Encoding": "identity"})
        assert answer.content == WEIGHTS
        assert int(answer.headers["content-length"]) == len(WEIGHTS)
        assert f'filename="run-{run_id}-best.safetensors"' in answer.headers["content-disposition"]
        assert client.get(f"/api/runs/{run_id}/samples").content == b"png"
        assert client.get(f"/api/runs/{run_id}/log", params={"tail": 1}).text == "two\n"
        assert "/samples" in client.get(f"/runs/{run_id}").text


def test_a_deleted_run_leaves_nothing_in_the_store(serve, stored, database, tmp_path) -> None:  # type: ignore[no-untyped-def]
    deleted, kept = (run_with_files(database, stored, tmp_path) for _ in range(2))
    with serve(stored) as client:
        assert client.delete(f"/api/runs/{deleted}").status_code == 204
    store = Store(stored.artifacts_url or "")
    assert (len(store.places(deleted)), len(store.places(kept))) == (0, 3)


def test_a_run_from_before_there_was_a_store_keeps_its_files(serve, stored, database) -> None:  # type: ignore[no-untyped-def]
    with database.write() as session:
        run_id = runs.submit(session, RunConfig()).id or 0
    stored.run_folder(run_id).mkdir(parents=True)
    (stored.run_folder(run_id) / "best.safetensors").write_bytes(b"weights")
    with serve(stored) as client:
        answer: httpx.Response = client.get(f"/api/runs/{run_id}/checkpoint")
        assert answer.content == b"weights"
        assert client.get(f"/api/runs/{run_id}/samples").status_code == 404
        assert client.get(f"/api/runs/{run_id}/log").text == ""


@pytest.mark.parametrize("url", ["/mnt/artifacts", "nowhere://artifacts"])
def test_an_address_that_is_none_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValidationError, match="artifacts_url"):
        Settings(artifacts_url=url)
