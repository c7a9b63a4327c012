"""What is on record of a run: its log, files and environment."""

from io import BytesIO

import httpx
import pytest

from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database
from app.watching.environment import environment
from app.watching.logs import search
from tests.app.watching.test_charts import a_run

LOG = "".join(f"line {number} {'Best so far' if number % 10 == 0 else ''}\n" for number in range(2000))


@pytest.fixture
def logged(settings: Settings, finished_run: int) -> int:
    folder = settings.run_folder(finished_run)
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text(LOG)
    (folder / ".last.pt.0123abcd").write_bytes(b"half")
    return finished_run


def test_the_newest_matches_are_found_in_whatever_case() -> None:
    found = search(BytesIO(LOG.encode()), "BEST SO", 3)
    assert found.total == 200
    assert [line.split()[1] for line in found.text.splitlines()] == ["1970", "1980", "1990"]
    assert search(None, "anything", 3).total == 0


def test_the_whole_log_is_searched_and_the_page_says_how_much_there_is(api: httpx.Client, logged: int) -> None:
    part = api.get(f"/runs/{logged}/partials/log", params={"text": "line 7"}).text
    assert "111 lines match." in part and "line 799" in part
    assert "1 line matches." in api.get(f"/runs/{logged}/partials/log", params={"text": "line 1234"}).text
    capped = api.get(f"/runs/{logged}/partials/log", params={"text": "line"}).text
    assert "2000 lines match; the newest 500 are shown." in capped
    assert "No line matches." in api.get(f"/runs/{logged}/partials/log", params={"text": "<script>"}).text


def test_a_file_is_listed_with_its_size_and_downloaded(api: httpx.Client, logged: int) -> None:
    files = f"/api/runs/{logged}/files"
    assert api.get(files).json() == [{"name": "log.txt", "size": len(LOG)}]
    answer = api.get(f"{files}/log.txt")
    assert answer.text == LOG
    assert f'filename="run-{logged}-log.txt"' in answer.headers["content-disposition"]
    page = api.get(f"/runs/{logged}").text
    assert f'href="{files}/log.txt"' in page


@pytest.mark.parametrize("name", [".last.pt.0123abcd", "..%2F..%2Fepochyard.db", "best.safetensors"])
def test_only_what_is_listed_is_given_out(api: httpx.Client, logged: int, name: str) -> None:
    assert api.get(f"/api/runs/{logged}/files/{name}").status_code == 404


def test_the_environment_is_what_the_training_told() -> None:
    run = a_run()
    run.facts |= {"shape": [3, 32, 32], "environment": {"torch": "2.9", "engine": "lanes", "gpu_driver": "575"}}
    told = {item["title"]: item["value"] for item in environment(run)}
    assert told["PyTorch"] == "2.9" and told["Calculated by"] == "native code"
    assert told["Image, width × height × channels"] == "32 × 32 × 3"
    assert told["gpu_driver"] == "575", "what is new is shown by its own name"
    run.facts = {}
    assert environment(run) == []


def test_the_exact_configuration_can_be_copied(api: httpx.Client, database: Database, finished_run: int) -> None:
    page = api.get(f"/runs/{finished_run}").text
    with database.read() as session:
        seed = runs.get(session, finished_run).config["seed"]
    assert 'data-copy="configuration"' in page
    assert f"&#34;seed&#34;: {seed}" in page or f'"seed": {seed}' in page
