"""The test images behind a run's figures: its mistakes by REST and on its page."""

import base64
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import torch

from app.lifecycle import runs
from app.settings import Settings
from app.store.artifacts import Store
from app.store.database import Database
from app.store.models import Run
from trainer import predictions
from trainer.config import RunConfig
from trainer.data import DataSet, Split
from trainer.evaluate import Evaluation
from trainer.folder import RunFolder

# As the matrix of `finished_run` has it: nine cats and six dogs are recognised.
TRUE = [0] * 10 + [1] * 10
PREDICTED = [0] * 9 + [1] + [0] * 4 + [1] * 6
SURE = [0.9] * 10 + [0.6, 0.99, 0.7, 0.8] + [0.95, 0.55, 0.9, 0.9, 0.9, 0.9]


def write(folder: Path) -> None:
    """As the trainer does; an image's red is ten times its index."""
    images = torch.zeros(20, 3, 4, 6, dtype=torch.uint8)
    images[:, 0] = 10 * torch.arange(20, dtype=torch.uint8).view(-1, 1, 1)
    split = Split(images, torch.tensor(TRUE))
    sure = torch.tensor(SURE)
    other = torch.tensor(PREDICTED) == 1
    logits = torch.where(other[:, None], torch.stack([1 - sure, sure], 1), torch.stack([sure, 1 - sure], 1)).log()
    data = DataSet("pets", split, split, ("cat", "dog"), (0.0,) * 3, (1.0,) * 3)
    found = Evaluation(0.4, 0.75, [[9, 1], [4, 6]], logits, torch.tensor(PREDICTED))
    predictions.write(RunFolder(folder), data, found, epoch=2)


@pytest.fixture
def tested_run(settings: Settings, finished_run: int) -> int:
    write(settings.run_folder(finished_run))
    return finished_run


def indices(answer: httpx.Response) -> list[int]:
    return [mistake["index"] for mistake in answer.raise_for_status().json()["mistakes"]]


def test_the_most_confident_mistake_comes_first(api: httpx.Client, tested_run: int) -> None:
    answer = api.get(f"/api/runs/{tested_run}/mistakes")
    assert indices(answer) == [11, 9, 13, 12, 10]
    assert (answer.json()["epoch"], answer.json()["total"]) == (2, 5)
    assert answer.json()["mistakes"][0] == {
        "index": 11,
        "true": "dog",
        "predicted": "cat",
        "probability": 0.99,
        "image": f"/api/runs/{tested_run}/predictions/11.png",
    }


@pytest.mark.parametrize(
    ("asked", "found", "total"),
    [
        ({"true": "cat"}, [9], 1),
        ({"true": "1", "predicted": "cat"}, [11, 13, 12, 10], 4),
        ({"predicted": "0", "limit": 2}, [11, 13], 4),
    ],
)
def test_mistakes_of_a_class_and_of_a_cell(
    api: httpx.Client, tested_run: int, asked: dict[str, str], found: list[int], total: int
) -> None:
    answer = api.get(f"/api/runs/{tested_run}/mistakes", params=asked)
    assert (indices(answer), answer.json()["total"]) == (found, total)


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"true": "cow"}, "true", "'cow' is no class of this run; known are cat, dog"),
        ({"predicted": "2"}, "predicted", "'2' is no class of this run"),
        ({"true": "cat", "predicted": "0"}, "predicted", "is the true class"),
        ({"limit": "0"}, "limit", "at least 1"),
    ],
)
def test_what_is_no_cell_is_refused_by_name(
    api: httpx.Client, tested_run: int, asked: dict[str, str], field: str, words: str
) -> None:
    answer = api.get(f"/api/runs/{tested_run}/mistakes", params=asked)
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["field"] == field and words in problem["message"]


def test_a_run_without_predictions_says_why(api: httpx.Client, finished_run: int) -> None:
    waiting = api.post("/api/runs", json={"dataset": "digits"}).json()["id"]
    for path in ("mistakes", "predictions/3.png"):
        yet = api.get(f"/api/runs/{waiting}/{path}")
        assert yet.status_code == 404 and "tested when its training ends" in yet.json()["detail"]
        never = api.get(f"/api/runs/{finished_run}/{path}")
        assert never.status_code == 404 and "older versions" in never.json()["detail"]


def test_what_an_attempt_before_left_is_not_shown(api: httpx.Client, settings: Settings) -> None:
    run_id = api.post("/api/runs", json={"dataset": "digits"}).json()["id"]
    write(settings.run_folder(run_id))
    assert api.get(f"/api/runs/{run_id}/mistakes").status_code == 404


def test_a_damaged_file_is_as_none(api: httpx.Client, settings: Settings, tested_run: int) -> None:
    (settings.run_folder(tested_run) / "predictions.zip").write_bytes(b"PK")
    assert api.get(f"/api/runs/{tested_run}/mistakes").status_code == 404
    assert "Most confident mistakes" not in api.get(f"/runs/{tested_run}").text


def test_single_pictures_are_downloaded(api: httpx.Client, settings: Settings, tested_run: int) -> None:
    with zipfile.ZipFile(settings.run_folder(tested_run) / "predictions.zip") as archive:
        kept = archive.read("images/11.png")
    picture = api.get(f"/api/runs/{tested_run}/predictions/11.png")
    assert (picture.headers["content-type"], picture.content) == ("image/png", kept)
    missing = api.get(f"/api/runs/{tested_run}/predictions/20.png")
    assert missing.status_code == 404 and "no picture of test image 20" in missing.json()["detail"]


def pictures(html: str) -> list[tuple[str, bytes]]:
    """(alternative text, PNG) of the images in a page."""
    found = re.findall(r'<img src="data:image/png;base64,([^"]+)"[^>]* alt="([^"]*)"', html)
    return [(words, base64.b64decode(source)) for source, words in found]


def test_the_page_shows_the_surest_mistakes_in_words_and_pictures(api: httpx.Client, tested_run: int) -> None:
    html = api.get(f"/runs/{tested_run}").text
    shown = pictures(html)
    assert len(shown) == 5
    words, picture = shown[0]
    assert words == "Test image 11: dog, taken for cat"
    assert picture == api.get(f"/api/runs/{tested_run}/predictions/11.png").content
    assert "99.0 %" in html


def test_a_cell_opens_its_images_and_one_of_hits_the_least_sure(api: httpx.Client, tested_run: int) -> None:
    html = api.get(f"/runs/{tested_run}").text
    assert re.findall(r'<button name="cell" value="([\d-]+)"', html) == ["0-0", "0-1", "1-0", "1-1"]
    path = f"/runs/{tested_run}/partials/predictions"
    mistakes = api.get(path, params={"cell": "1-0"}).text
    assert "dog taken for cat: 4 images" in mistakes
    assert [words for words, _ in pictures(mistakes)] == [f"Test image {place}" for place in (11, 13, 12, 10)]
    hits = api.get(path, params={"cell": "1-1"}).text
    assert "dog, recognised: 6 images" in hits
    assert [words for words, _ in pictures(hits)][:2] == ["Test image 15", "Test image 16"]
    assert api.get(path, params={"cell": "0-2"}).status_code == 404
    assert api.get(path, params={"cell": "cat"}).status_code == 422


def test_a_run_of_an_older_version_has_a_matrix_of_plain_numbers(api: httpx.Client, finished_run: int) -> None:
    html = api.get(f"/runs/{finished_run}").text
    assert "Confusion matrix" in html
    assert 'name="cell"' not in html and "Most confident mistakes" not in html


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Settings]:
    yield Settings(home=tmp_path / "home", artifacts_url="memory://predictions")
    Store("memory://predictions").forget(1)


def test_they_are_read_from_a_store_of_which_nothing_is_here(serve, stored, tmp_path) -> None:  # type: ignore[no-untyped-def]
    with serve(stored) as client:
        database = Database(stored.database)
        write(tmp_path)
        with database.write() as session:
            run: Run = runs.submit(session, RunConfig())
            run.confusion, run.stored = [[9, 1], [4, 6]], {"predictions.zip": "1/1/predictions.zip"}
            run_id = run.id or 0
        Store("memory://predictions").put(run_id, tmp_path / "predictions.zip", "1/1/predictions.zip")
        assert indices(client.get(f"/api/runs/{run_id}/mistakes")) == [11, 9, 13, 12, 10]
        database.close()
