"""What the networks of speed do differently: whitening, the identity at the start, two looks at each test image."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from trainer.augment import normalise
from trainer.catalog import resolve
from trainer.checkpoint import load_last, load_network
from trainer.data import Split, prepare
from trainer.device import pick
from trainer.evaluate import evaluate
from trainer.inputs import Inputs
from trainer.models import build
from trainer.models.fast import Whitening, convolution
from trainer.permutation import draw, mirror, scramble
from trainer.randomness import seeded
from trainer.run import Run

MEAN, STD = torch.full((3, 1, 1), 0.4), torch.full((3, 1, 1), 0.2)


def smooth(count: int) -> Tensor:
    """Images whose neighbouring pixels are alike, as in photographs: (count, 3, 16, 16)."""
    return F.avg_pool2d(torch.randn(count, 3, 18, 18, generator=torch.Generator().manual_seed(0)), 3, 1)


def test_whitened_patches_are_uncorrelated_and_of_unit_variance() -> None:
    layer, images = Whitening(3), smooth(100)
    layer.fit(images)
    outputs = layer(images)
    half = outputs.shape[1] // 2
    assert torch.equal(outputs[:, half:], -outputs[:, :half])
    covariance = torch.cov(outputs[:, :half].transpose(0, 1).flatten(1))
    before = torch.cov(F.unfold(images, 2).transpose(0, 1).flatten(1))
    # A little below one: NOISE is added to each variance.
    assert (covariance.diagonal() - 1).abs().max() < 0.05
    assert (covariance - covariance.diag().diag()).abs().max() < 1e-4
    assert (before - before.diag().diag()).abs().max() > 0.05


def test_a_patch_that_never_changes_stays_finite() -> None:
    layer = Whitening(1)
    layer.fit(torch.ones(4, 1, 8, 8))
    assert layer(torch.ones(1, 1, 8, 8)).isfinite().all()


@pytest.mark.parametrize("augment", [False, True])
def test_a_run_whitens_what_the_network_will_see_and_never_trains_it(tiny, augment) -> None:
    values = {"architecture": "fastvgg", "dataset": "tiny", "validation_fraction": 0.0, "permute": True}
    config = resolve(values | {"augment": augment})
    with pytest.raises(StopIteration) as prepared:
        next(prepare("tiny", tiny))
    data = prepared.value.value
    run = Run.start(config, data, pick(config))
    mean, std = (torch.tensor(value).view(-1, 1, 1) for value in (data.mean, data.std))
    expected = Whitening(3)
    expected.fit(normalise(scramble(data.train.images, draw(0, 16, 16)), mean, std))
    found = next(layer for layer in run.model.modules() if isinstance(layer, Whitening))
    assert torch.allclose(found.weight, expected.weight, atol=1e-4)
    assert not list(found.parameters())


def test_the_whitening_comes_back_with_the_checkpoint(training, tmp_path, tiny) -> None:
    training(architecture="fastvgg", dataset="tiny", data_dir=tiny, epochs=1, ema=0.0)
    network, _ = load_network(tmp_path / "run")
    last = load_last(tmp_path / "run")
    assert last is not None
    layer = next(layer for layer in network.modules() if isinstance(layer, Whitening))
    assert torch.equal(layer.weight, last["model"]["1.weight"])
    assert not torch.equal(layer.weight, Whitening(3).weight)


def test_a_convolution_passes_on_what_it_is_given() -> None:
    images = torch.randn(2, 4, 5, 5)
    assert torch.equal(convolution(4, 6)(images)[:, :4], images)


@pytest.mark.parametrize("permuted", [False, True])
def test_test_time_flips_take_the_mean_of_both_logits(permuted: bool) -> None:
    positions = draw(3, 9, 11) if permuted else None
    images = torch.randint(0, 256, (7, 3, 9, 11), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    labels = torch.arange(7) % 5
    with seeded(0, "test"):
        model = build("mlp", (3, 9, 11), 5)
    numerics = pick(resolve({"device": "cpu"}))

    def seen(images: Tensor) -> Tensor:
        return normalise(images if positions is None else scramble(images, positions), MEAN, STD)

    stored = images if positions is None else scramble(images, positions)
    found = evaluate(model, Split(stored, labels), Inputs(MEAN, STD), numerics, 5, mirror(9, 11, positions))
    with torch.no_grad():
        logits = (model(seen(images)) + model(seen(images.flip(3)))) / 2
        once = model(seen(images))
    assert found.loss == pytest.approx(float(F.cross_entropy(logits, labels)), rel=1e-6)
    assert found.accuracy == float((logits.argmax(1) == labels).double().mean())
    assert found.loss != pytest.approx(float(F.cross_entropy(once, labels)), rel=1e-6)
