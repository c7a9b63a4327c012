"""The checkpoint for people: whole on disk or not at all, and enough to use the network elsewhere."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from trainer.atomic import replacing
from trainer.augment import normalise
from trainer.checkpoint import load_best, load_network, put, save_best
from trainer.config import RunConfig
from trainer.data import Split
from trainer.device import pick
from trainer.digits import digits
from trainer.errors import CheckpointDamaged, CheckpointMismatch
from trainer.evaluate import evaluate
from trainer.folder import RunFolder
from trainer.inputs import Inputs
from trainer.models import build
from trainer.permutation import draw, scramble


def test_the_final_test_is_the_best_checkpoint_s(training, tmp_path) -> None:
    finished = training(architecture="lenet", permute=True, epochs=3)[-1]
    network, description = load_network(tmp_path / "run")
    arrays = digits()
    mean, std = (torch.tensor(value).view(-1, 1, 1) for value in (description.mean, description.std))
    images = scramble(torch.from_numpy(arrays.test_images), torch.tensor(description.permutation))
    with torch.no_grad():
        hits = network(normalise(images, mean, std)).argmax(1) == torch.from_numpy(arrays.test_labels)
    assert hits.double().mean().item() == finished.test_accuracy
    assert (description.epoch, description.accuracy) == (finished.best_epoch, finished.best_accuracy)


def test_the_metadata_says_how_to_use_the_weights(training, tmp_path) -> None:
    training(permute=True, permutation_seed=3)
    with safe_open(tmp_path / "run" / "best.safetensors", framework="np") as file:
        metadata = {name: json.loads(text) for name, text in file.metadata().items()}
    assert metadata["config"]["architecture"] == "mlp"
    assert metadata["classes"] == list("0123456789")
    assert (metadata["mean"], metadata["std"]) == ([0.3054], [0.3247])
    assert metadata["permutation_seed"] == 3
    assert metadata["permutation"] == draw(3, 28, 28).tolist()


def test_a_plain_run_names_no_permutation(training, tmp_path) -> None:
    training()
    assert load_best(tmp_path / "run")[1].permutation is None


def test_a_missing_checkpoint_is_named(tmp_path) -> None:
    with pytest.raises(CheckpointDamaged, match=r"best\.safetensors cannot be read"):
        load_best(tmp_path)


def test_weights_of_another_network_are_told_by_the_first_that_does_not_fit(training, tmp_path) -> None:
    training(epochs=1)
    weights, description = load_best(tmp_path / "run")
    save_best(RunFolder(tmp_path), build("lenet", (1, 28, 28), 10).state_dict(), description)
    words = r"best\.safetensors holds another network's weights: 1\.weight is nothing, and \(8, 784\) is expected"
    with pytest.raises(CheckpointMismatch, match=words):
        load_network(tmp_path)
    path = tmp_path / "best.safetensors"
    assert path.exists()
    weights["1.weight"] = weights["1.weight"][:, 1:]
    with pytest.raises(CheckpointMismatch, match=r"1\.weight is \(8, 783\), and \(8, 784\) is expected"):
        put(weights, load_network(tmp_path / "run")[0], path)


@pytest.mark.parametrize("setting", [{"colour": "red"}, {"architecture": "transformer"}])
def test_settings_of_another_version_are_named(training, tmp_path, setting) -> None:
    training(epochs=1)
    description = load_best(tmp_path / "run")[1]
    network = load_network(tmp_path / "run")[0]
    save_best(RunFolder(tmp_path), network.state_dict(), replace(description, config=description.config | setting))
    with pytest.raises(CheckpointMismatch, match=f"does not know .*{next(iter(setting))}"):
        load_network(tmp_path)


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(tmp_path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="full"), replacing(path) as file:
        file.write(b"new")
        raise OSError("disk full")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_evaluation_weighs_every_image_the_same_whatever_the_batches(training, tmp_path, monkeypatch) -> None:
    training()
    network, description = load_network(tmp_path / "run")
    arrays = digits()
    split = Split(torch.from_numpy(arrays.test_images), torch.from_numpy(arrays.test_labels))
    mean, std = (torch.tensor(value).view(-1, 1, 1) for value in (description.mean, description.std))
    numerics = pick(RunConfig(**description.config))
    results = []
    for size in (7, 360):
        monkeypatch.setattr("trainer.evaluate.BATCH", size)
        results.append(evaluate(network, split, Inputs(mean, std), numerics, 10))
    assert results[0].confusion == results[1].confusion
    assert results[0].loss == pytest.approx(results[1].loss)
