"""What is kept of the test: every prediction, and pictures of the telling ones."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from trainer import predictions
from trainer.data import DataSet, Split
from trainer.digits import digits
from trainer.evaluate import Evaluation
from trainer.folder import RunFolder


def kept(folder: Path) -> tuple[dict[str, Any], dict[int, np.ndarray]]:
    """The table, and the pictures by their place in the test split."""
    with zipfile.ZipFile(folder / "predictions.zip") as archive:
        table = json.loads(archive.read("predictions.json"))
        names = [name for name in archive.namelist() if name != "predictions.json"]
        pictures = {int(Path(name).stem): np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names}
    return table, pictures


def written(folder: Path, true: list[int], predicted: list[int], probability: list[float], side: int = 4) -> Any:
    """As `kept`, of a test that ended so, on images whose every pixel is their index."""
    images = torch.arange(len(true), dtype=torch.uint8).view(-1, 1, 1, 1).repeat(1, 3, side, side)
    split = Split(images, torch.tensor(true))
    data = DataSet("mine", split, split, ("cat", "dog"), (0.0,) * 3, (1.0,) * 3)
    sure = torch.tensor(probability)
    logits = torch.stack([sure.log(), (1 - sure).log()], dim=1)
    found = Evaluation(0.5, 0.5, [[1, 1], [1, 1]], logits, torch.tensor(predicted))
    predictions.write(RunFolder(folder), data, found, epoch=3)
    return kept(folder)


@pytest.mark.parametrize("permute", [False, True])
def test_the_predictions_are_those_of_the_test_and_the_pictures_plain(training, tmp_path, permute) -> None:
    finished = training(epochs=1, permute=permute)[-1]
    table, pictures = kept(tmp_path / "run")
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (table["true"], table["predicted"]), 1)
    assert confusion.tolist() == finished.confusion
    assert (table["split"], table["epoch"], table["classes"]) == ("test", 1, list("0123456789"))
    assert all(0.1 <= value <= 1 for value in table["probability"])
    images = digits().test_images
    assert len(pictures) > 50
    assert all(np.array_equal(picture, images[index, 0]) for index, picture in pictures.items())


def test_the_same_training_keeps_the_same_bytes(training, tmp_path) -> None:
    one, two = (training(folder=name, epochs=1) and (tmp_path / name / "predictions.zip") for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_shown_are_the_surest_mistakes_and_the_least_sure_hits(tmp_path) -> None:
    # Forty hits, and forty dogs taken for cats.
    true, predicted = [0] * 40 + [1] * 40, [0] * 80
    rising = [0.5 + number / 100 for number in range(40)]
    table, pictures = written(tmp_path, true, predicted, rising * 2)
    assert table["probability"] == pytest.approx(rising * 2)
    assert sorted(pictures) == [*range(predictions.EACH), *range(80 - predictions.FIRST, 80)]
    assert all((picture == index).all() for index, picture in pictures.items())


def test_where_room_is_scarce_every_cell_has_some_pictures(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(predictions, "FIRST", 0)
    monkeypatch.setattr(predictions, "BYTES", 6 * 3 * 4 * 4)
    true, predicted = [0] * 20 + [0, 1] * 5, [0] * 20 + [1, 0] * 5
    _, pictures = written(tmp_path, true, predicted, [0.9] * 30)
    assert sorted(pictures) == [0, 1, 20, 21, 22, 23]


def test_a_probability_that_is_no_number_is_written_as_none_at_all(tmp_path) -> None:
    table, _ = written(tmp_path, [0, 1], [0, 0], [float("nan"), 0.75])
    assert table["probability"] == [0, 0.75]
