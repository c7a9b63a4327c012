"""What is said of a run before it is launched, and what that rests on."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import event

from app.launching.forecast import Forecast, Forecaster
from app.lifecycle import claims, runs
from app.lifecycle.pace import GROWTH
from app.settings import Settings
from app.store.database import Database
from app.store.models import Epoch, Worker
from trainer.catalog import resolve
from trainer.config import ConfigError

LENET = {"architecture": "lenet", "dataset": "mnist"}


def look(database: Database, settings: Settings, *values: dict[str, Any]) -> list[Forecast]:
    with database.read() as session:
        return Forecaster(session, settings.data_folder).each(values)


def trained(database: Database, *seconds: float, device: str = "cpu", images: int = 54_000, **values: Any) -> int:
    """A run whose epochs took so long, each on so many images."""
    config = resolve(LENET | values)
    with database.write() as session:
        run_id = runs.submit(session, config).id or 0
        claim = runs.claim(session, run_id, "one")
        assert claim
        facts = {"train_images": images, "shape": [1, 28, 28], "classes": list("0123456789")}
        claims.update_claimed(session, claim, epoch=len(seconds), device=device, facts=facts)
        figures = dict.fromkeys(("train_loss", "train_accuracy", "learning_rate", "images_per_second"), 1.0)
        nothing = dict.fromkeys(("validation_loss", "validation_accuracy", "test_loss", "test_accuracy"))
        for epoch, took in enumerate(seconds, 1):
            session.add(Epoch(run_id=run_id, epoch=epoch, seconds=took, confusion=[], **figures, **nothing))
        runs.finish(session, claim)
    return run_id


def worker(database: Database, name: str, **values: Any) -> None:
    with database.write() as session:
        session.add(Worker(**{"name": name, "host": "here", "pid": 1, "gpu": False, "device": "Old CPU"} | values))


def test_sizes_and_steps_are_counted_before_anything_is_trained(database: Database, settings: Settings) -> None:
    usual, all_of_it = look(
        database, settings, LENET, LENET | {"validation_fraction": 0.0, "batch_size": 7, "epochs": 3}
    )
    assert (usual.parameters, usual.flops, usual.train_images) == (61_706, 833_040, 54_000)
    assert (usual.steps_per_epoch, usual.steps) == (844, 8_440)
    assert (all_of_it.train_images, all_of_it.steps_per_epoch, all_of_it.steps) == (60_000, 8_572, 25_716)
    assert (usual.seconds, usual.measured, usual.device, usual.starts_in_seconds) == (None, None, None, None)
    assert [usual.queue_position, all_of_it.queue_position] == [1, 2]


def test_the_learning_rate_is_that_of_the_schedule(database: Database, settings: Settings) -> None:
    (found,) = look(database, settings, LENET | {"learning_rate": 0.2, "schedule": "cosine"})
    rates = found.learning_rate
    assert [rates[0], rates[len(rates) // 2], rates[-1]] == pytest.approx([0.2, 0.1, 0.0])


@pytest.mark.both_databases
def test_time_is_told_from_measured_epochs_of_the_like(database: Database, settings: Settings) -> None:
    trained(database, 50.0, 54.0, 60.0)
    newest = trained(database, 54.0, seed=3)
    (found,) = look(database, settings, LENET | {"learning_rate": 0.5})
    assert (found.measured, found.like_run) == (True, newest)
    # Ten epochs of 54,000 images at a millisecond each, and an evaluation of 6,000 at a third of that.
    assert found.seconds == pytest.approx(10 * (54 + 2))


def test_time_is_roughly_told_by_arithmetic_from_the_nearest_run(database: Database, settings: Settings) -> None:
    run_id = trained(database, 54.0)
    trained(database, 9.0, device="cuda", architecture="vgg11", dataset="cifar10", images=45_000)
    worker(database, "one")
    everything = {"validation_fraction": 0.0, "epochs": 1}
    cnn, lenet = look(database, settings, LENET | {"architecture": "cnn"} | everything, LENET | everything)
    assert (cnn.measured, cnn.like_run) == (False, run_id)
    assert cnn.flops and lenet.flops and cnn.seconds and lenet.seconds
    assert cnn.seconds / lenet.seconds == pytest.approx((cnn.flops / lenet.flops) ** GROWTH)


def test_a_gpus_speed_says_nothing_of_a_cpu(database: Database, settings: Settings) -> None:
    trained(database, 1.0, device="cuda")
    worker(database, "one")
    assert look(database, settings, LENET)[0].seconds is None
    worker(database, "two", gpu=True, device="NVIDIA H100")
    on_any, on_cpu, on_gpu = look(database, settings, *(LENET | {"device": name} for name in ("auto", "cpu", "cuda")))
    assert on_any.seconds and on_cpu.seconds is None
    assert (on_any.device, on_cpu.device, on_gpu.device) == ("Old CPU / NVIDIA H100", "CPU", "NVIDIA H100")


@pytest.mark.both_databases
def test_a_run_that_is_not_there_waits_behind_those_that_are(database: Database, settings: Settings) -> None:
    trained(database, 54.0)
    worker(database, "one")
    with database.write() as session:
        runs.submit(session, resolve(LENET | {"epochs": 2}))
        runs.submit(session, resolve(LENET), priority=1)
        runs.submit(session, resolve(LENET | {"epochs": 1}), priority=9)
    first, second = look(database, settings, LENET | {"epochs": 1}, LENET)
    # As long as three epochs of runs like it, with their evaluations.
    assert (first.queue_position, first.starts_in_seconds) == (3, pytest.approx(3 * (54 + 2)))
    assert second.queue_position == 4
    assert first.seconds and second.starts_in_seconds == pytest.approx(3 * (54 + 2) + first.seconds)


def test_a_look_at_many_runs_asks_the_database_no_more_often(database: Database, settings: Settings) -> None:
    trained(database, 54.0)
    worker(database, "one")
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    look(database, settings, LENET | {"batch_size": 8})
    of_one = len(asked)
    asked.clear()
    look(database, settings, *(LENET | {"batch_size": size} for size in range(8, 40)))
    assert len(asked) == of_one <= 12


def test_a_file_in_the_data_folder_is_told_from_its_header_and_labels(database: Database, settings: Settings) -> None:
    own_set(settings.data_folder, side=8, images=50)
    (found,) = look(database, settings, {"architecture": "mlp", "dataset": "leaves", "batch_size": 10})
    # Of each class of 25 images two are held out.
    assert (found.train_images, found.steps_per_epoch) == (46, 5)
    assert found.parameters == 64 * 8 + 8 + 8 * 8 + 8 + 8 * 2 + 2
    with pytest.raises(ConfigError, match="LeNet-5 needs images of at least 12 pixels a side; those of leaves are 8x8"):
        look(database, settings, {"dataset": "leaves"})
    with pytest.raises(ConfigError, match="permutation_block"):
        cut = {"permute": True, "permutation": "blocks", "permutation_block": 3}
        look(database, settings, {"architecture": "mlp", "dataset": "leaves", **cut})


def test_a_damaged_file_leaves_open_what_depends_on_its_images(database: Database, settings: Settings) -> None:
    settings.data_folder.mkdir(parents=True)
    (settings.data_folder / "leaves.npz").write_bytes(b"no archive")
    (found,) = look(database, settings, {"dataset": "leaves"})
    assert (found.parameters, found.steps, found.queue_position) == (None, None, 1)


def test_the_look_ahead_by_rest_launches_nothing(api: httpx.Client) -> None:
    answer = api.post("/api/runs/preview", json=LENET)
    assert answer.status_code == 200 and answer.json()["steps"] == 8_440
    refused = api.post("/api/runs/preview", json=LENET | {"epochs": 0})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "epochs")
    assert api.get("/api/runs").json()["total"] == 0


def own_set(folder: Path, *, side: int, images: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pictures, labels = np.zeros((images, side, side), np.uint8), np.arange(images) % 2
    split = {"train_images": pictures, "train_labels": labels, "test_images": pictures, "test_labels": labels}
    np.savez(folder / "leaves.npz", **split, classes=np.array(["oak", "ash"]))
