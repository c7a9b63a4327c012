"""What the pages and the API show of data sets: their images, scrambled as a training would, and how many there are."""

import asyncio
import html
import io
import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image

from app import pages, routes
from app.settings import Settings
from app.web import problems
from trainer import permutation

HEIGHT, WIDTH, GAP = 12, 16, 4
# 64 pixels a side, about.
FACTOR = 4


def write(path: Path, classes: int = 3, each: int = 12, **changed: Any) -> dict[str, Any]:
    """A data set of colour images in which no two pixels are alike, so that a permutation can be read off."""
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (classes * each, 3, HEIGHT, WIDTH), dtype=np.uint8)
    labels = np.arange(classes * each) % classes
    arrays: dict[str, Any] = {
        "train_images": images,
        "train_labels": labels,
        "test_images": images[: 2 * classes],
        "test_labels": labels[: 2 * classes],
        "classes": np.array([f"class {number}" for number in range(classes)]),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays | changed)
    return arrays


def cells(png: bytes, columns: int) -> np.ndarray[Any, Any]:
    """(2, columns, 3, HEIGHT, WIDTH): the picture's images, back at their own size."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    high, wide = HEIGHT * FACTOR + GAP, WIDTH * FACTOR + GAP
    assert pixels.shape == (2 * high + GAP, columns * wide + GAP, 4)
    found = [
        [pixels[GAP + row * high : (row + 1) * high : FACTOR, GAP + column * wide : (column + 1) * wide : FACTOR, :3]
         for column in range(columns)]
        for row in range(2)
    ]  # fmt: skip
    return np.array(found).transpose(0, 1, 4, 2, 3)


@pytest.fixture
def folder(settings: Settings) -> Path:
    settings.data_folder.mkdir(parents=True)
    return settings.data_folder


class Client:
    """Asks the routes of pages and data sets, in this process and without a database."""

    def __init__(self, settings: Settings) -> None:
        self.app = FastAPI()
        self.app.state.settings = settings
        problems.install(self.app)
        self.app.router.routes.extend([*routes.ROUTES, *pages.ROUTES])

    def get(self, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.get(path, **more)

        return asyncio.run(ask())


@pytest.fixture
def client(settings: Settings, folder: Path) -> Client:
    del folder
    return Client(settings)


@pytest.mark.parametrize(
    ("sent", "drawn"),
    [
        ({}, {"seed": 0}),
        ({"permutation_seed": "7", "permutation_fraction": "0.5"}, {"seed": 7, "fraction": 0.5}),
        ({"permutation": "blocks", "permutation_block": "4"}, {"seed": 0, "kind": "blocks", "block": 4}),
        ({"permutation": "within", "permutation_block": "2"}, {"seed": 0, "kind": "within", "block": 2}),
        ({"permutation": "rows", "permutation_block": "5"}, {"seed": 0, "kind": "rows"}),
        ({"permutation": "within", "permutation_block": "2, 4"}, {"seed": 0, "kind": "within", "block": 2}),
    ],
)
def test_a_preview_scrambles_the_pixels_as_the_training_does(
    client: Client, folder: Path, sent: dict[str, str], drawn: dict[str, Any]
) -> None:
    write(folder / "shapes.npz")
    page = client.get("/partials/data-preview", params={"dataset": "shapes", "permute": "true"} | sent).text
    address = html.unescape(re.findall(r'<img src="([^"]+)"', page)[0])
    upper, lower = cells(client.get(address).content, 9)
    places = permutation.draw(height=HEIGHT, width=WIDTH, **drawn).numpy()
    assert np.array_equal(upper.reshape(9, 3, -1)[..., places], lower.reshape(9, 3, -1))


def test_the_images_are_the_first_of_each_class_a_column_a_class(client: Client, folder: Path) -> None:
    images = write(folder / "shapes.npz")["train_images"]
    found = cells(client.get("/datasets/shapes/samples.png").content, 9)
    # Image i is of class i % 3; three columns a class, above and below other images.
    expected = [[images[number * 3 + label] for label in range(3) for number in row] for row in ((0, 1, 2), (3, 4, 5))]
    assert np.array_equal(found, expected)


def test_of_many_classes_ten_are_shown_and_of_a_rare_one_what_there_is(client: Client, folder: Path) -> None:
    labels = np.r_[np.arange(12), np.zeros(20, int)]
    write(folder / "many.npz", 12, train_images=np.zeros((32, 3, HEIGHT, WIDTH), np.uint8), train_labels=labels)
    assert "The first 10 of 12 classes." in client.get("/partials/data-preview?dataset=many").text
    lower = np.asarray(Image.open(io.BytesIO(client.get("/datasets/many/samples.png").content)))[-20, :, 3]
    assert lower[20] == 255 and lower[100] == 0, "the second row has a second image of the first class alone"


def test_a_picture_is_kept_until_the_file_or_the_settings_change(client: Client, folder: Path) -> None:
    write(folder / "shapes.npz")
    address = "/datasets/shapes/samples.png?permute=true"
    first = client.get(address)
    assert first.headers["cache-control"] == "private, no-cache"
    assert client.get(address, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert client.get(f"{address}&permutation_seed=1").headers["etag"] != first.headers["etag"]
    version = first.headers["etag"].strip('"')
    named = f"{address}&v={version}"
    assert "immutable" in client.get(named).headers["cache-control"]
    write(folder / "shapes.npz", each=20)
    again = client.get(named, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200 and "no-cache" in again.headers["cache-control"]


def test_a_preview_says_how_many_images_of_which_classes_there_are(client: Client, folder: Path) -> None:
    write(folder / "shapes.npz", train_labels=np.r_[np.zeros(30, int), np.ones(5, int), 2])
    page = client.get("/partials/data-preview?dataset=shapes").text
    found = re.findall(r'height="([\d.]+)" y=.*?count">(\d+)</span> <span class="name">([^<]+)', page, re.DOTALL)
    assert found == [("1.0", "30", "class 0"), ("0.167", "5", "class 1"), ("0.033", "1", "class 2")]
    assert "12 × 16 <small>colour" in page and "1 – 30" in page


def test_a_data_set_that_is_not_fetched_yet_says_so_and_shows_nothing(client: Client) -> None:
    page = client.get("/partials/data-preview?dataset=fashion_mnist").text
    assert "Fashion-MNIST is fetched on the first run that trains on it: 31 MB." in page
    assert "<img" not in page and "<ol" not in page
    answer = client.get("/datasets/fashion_mnist/samples.png")
    assert answer.status_code == 404 and "no images of fashion_mnist here" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        (
            {"permutation": "blocks", "permutation_block": "5"},
            "permutation_block",
            "Blocks of 5×5 pixels do not fill images of 12×16. Sides that do: 1, 2, 4.",
        ),
        ({"permutation_seed": "-1"}, "permutation_seed", "Permutation seed: “-1” is not accepted."),
        ({"permutation_fraction": "<b>"}, "permutation_fraction", "Permuted share: “&lt;b&gt;” is not accepted."),
        ({"permutation": "knots"}, "permutation", "What is permuted: “knots” is not accepted."),
    ],
)
def test_what_cannot_be_scrambled_is_explained_in_the_pictures_place(
    client: Client, folder: Path, sent: dict[str, str], field: str, words: str
) -> None:
    write(folder / "shapes.npz")
    page = client.get("/partials/data-preview", params={"dataset": "shapes", "permute": "true"} | sent)
    assert page.status_code == 200 and words in page.text and "<img" not in page.text
    answer = client.get("/datasets/shapes/samples.png", params={"permute": "true"} | sent)
    assert answer.status_code == 422 and [error["field"] for error in answer.json()["errors"]] == [field]


def test_unknown_names_are_told_the_known_ones(client: Client, folder: Path) -> None:
    write(folder / "shapes.npz")
    for path in ("/api/datasets/mnits", "/datasets/mnits/samples.png"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "'mnits'; known are mnist, cifar10, fashion_mnist, digits, shapes." in answer.json()["detail"]
    assert client.get("/datasets/..%2Fshapes/samples.png").status_code == 404
    assert "There is no data set “mnits”" in client.get("/partials/data-preview?dataset=mnits").text


def test_the_api_tells_of_every_data_set_what_is_known(client: Client, folder: Path) -> None:
    write(folder / "shapes.npz")
    (folder / "torn.npz").write_bytes(b"PK")
    listed = {item["name"]: item for item in client.get("/api/datasets").json()}
    assert list(listed) == ["mnist", "cifar10", "fashion_mnist", "digits", "shapes", "torn"]
    states = {name: item["state"] for name, item in listed.items()}
    assert states == dict.fromkeys(("mnist", "cifar10", "fashion_mnist"), "absent") | {
        "digits": "ready",
        "shapes": "ready",
        "torn": "damaged",
    }
    assert (listed["mnist"]["train_images"], listed["mnist"]["shape"]) == (60_000, [1, 28, 28])
    assert "no .npz archive" in listed["torn"]["problem"] and listed["torn"]["classes"] is None
    detail = client.get("/api/datasets/shapes").json()
    assert detail["class_counts"] == [{"name": f"class {number}", "train": 12, "test": 2} for number in range(3)]
    assert client.get("/api/datasets/mnist").json()["class_counts"] == []


def test_the_page_of_all_data_sets_and_the_preview_speak_chinese(client: Client, folder: Path) -> None:
    write(folder / "shapes.npz")
    (folder / "torn.npz").write_bytes(b"PK")
    english = client.get("/datasets").text
    assert 'id="shapes"' in english and english.count("<img") == 2 and "torn.npz cannot be read" in english
    chinese = client.get("/datasets", headers={"Accept-Language": "zh-CN"}).text
    assert "训练图像" in chinese and "Training images" not in chinese


def test_the_bundled_digits_need_no_file(client: Client) -> None:
    assert "1,437" in client.get("/partials/data-preview?dataset=digits").text
    png = client.get("/datasets/digits/samples.png?permute=true").content
    assert Image.open(io.BytesIO(png)).size == (604, 124)
