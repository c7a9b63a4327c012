"""The course's first comparison on real MNIST, one epoch each: a permutation costs the CNN, not the MLP."""

from pathlib import Path

from trainer.catalog import resolve
from trainer.loop import train


def accuracy(architecture: str, permute: bool, data_dir: Path, tmp_path: Path) -> float:
    config = resolve(
        {
            "architecture": architecture,
            "dataset": "mnist",
            "epochs": 1,
            "validation_fraction": 0.0,
            "permute": permute,
        }
    )
    run_dir = tmp_path / f"{architecture}-{permute}"
    return list(train(config, data_dir=data_dir, run_dir=run_dir))[-1].test_accuracy


def test_the_mlp_does_not_care_and_the_cnn_does(data_dir, tmp_path) -> None:
    assert 0.83 <= accuracy("mlp", False, data_dir, tmp_path) <= 0.90
    assert 0.83 <= accuracy("mlp", True, data_dir, tmp_path) <= 0.90
    plain, permuted = (accuracy("cnn", permute, data_dir, tmp_path) for permute in (False, True))
    assert 0.93 <= plain <= 0.97
    assert 0.77 <= permuted <= 0.86
    assert plain - permuted >= 0.08
