"""Where a run computes, with what numbers, and that torch's switches are put back."""

import pytest
import torch

from trainer import device
from trainer.catalog import resolve
from trainer.device import pick, settings


def picked(monkeypatch: pytest.MonkeyPatch, *, able: bool, **values: str) -> str:
    monkeypatch.setattr(device, "has_fast_bf16", lambda _device: able)
    return pick(resolve({"device": "cpu"} | values)).precision


@pytest.mark.parametrize("architecture", ["vgg11", "resnet34", "resnet20", "plain56"])
def test_auto_takes_bf16_for_wide_networks_where_the_device_has_it(monkeypatch, architecture) -> None:
    assert picked(monkeypatch, able=True, architecture=architecture) == "bf16"
    assert picked(monkeypatch, able=False, architecture=architecture) == "fp32"


@pytest.mark.parametrize("architecture", ["mlp", "cnn", "lenet"])
def test_auto_takes_fp32_for_small_networks(monkeypatch, architecture) -> None:
    assert picked(monkeypatch, able=True, architecture=architecture) == "fp32"


def test_a_precision_that_is_asked_for_is_taken(monkeypatch) -> None:
    assert picked(monkeypatch, able=False, architecture="mlp", precision="bf16") == "bf16"
    assert picked(monkeypatch, able=True, architecture="vgg11", precision="fp32") == "fp32"


def test_autocast_is_on_for_bf16_only() -> None:
    for precision, expected in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        numerics = pick(resolve({"device": "cpu", "precision": precision}))
        with numerics.autocast():
            assert torch.nn.Linear(2, 2)(torch.ones(1, 2)).dtype == expected


def test_switches_are_put_back_even_after_an_error() -> None:
    cudnn = torch.backends.cudnn

    def switches() -> tuple[bool, bool, bool]:
        return torch.are_deterministic_algorithms_enabled(), cudnn.benchmark, cudnn.allow_tf32

    before = switches()
    with pytest.raises(ValueError, match="stop"), settings(pick(resolve({"precision": "fp32"})), deterministic=True):
        assert switches() == (True, False, False)
        raise ValueError("stop")
    assert switches() == before


@pytest.mark.parametrize(("architecture", "expected"), [("mlp", 1), ("lenet", 1), ("vgg11", 2)])
def test_small_networks_train_in_one_thread_and_the_number_is_put_back(architecture: str, expected: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with settings(pick(resolve({"architecture": architecture, "device": "cpu"})), deterministic=True):
            assert torch.get_num_threads() == expected
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
