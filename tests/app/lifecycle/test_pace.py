"""How long runs take: from measured ones alike, else by arithmetic, and by the devices there are."""

from typing import Any

import pytest

from app.lifecycle.pace import GROWTH, Measured, Pace
from app.lifecycle.sizes import Sizes
from app.store.models import Worker
from trainer.anatomy import anatomy, flops
from trainer.catalog import resolve

LENET = {"architecture": "lenet", "dataset": "mnist"}
# What 54,000 training images and 6,000 that are evaluated in a third of the time come to.
SEEN = 56_000
CPU, GPU = (
    Worker(name=name, host="here", pid=1, gpu=gpu, device=name) for name, gpu in (("cpu", False), ("h100", True))
)


def config(**values: Any) -> dict[str, Any]:
    return resolve(LENET | values).as_dict()


def measured(run: int, *seconds: float, device: str = "cpu", **values: Any) -> Measured:
    """A run whose epochs of 54,000 images took so many thousands of seconds an image."""
    size = Sizes.built_in(values.get("dataset", "mnist"))
    assert size
    facts = {"train_images": 54_000, "validation_images": 6_000, "test_images": 10_000}
    facts |= {"shape": size.shape, "classes": range(size.classes)}
    return Measured.of(run, config(**values), facts, device, [54_000 * one for one in seconds])


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({}, 2.0),
        # What does not decide the time of an epoch makes no difference.
        ({"seed": 7, "learning_rate": 0.1, "schedule": "cosine"}, 2.0),
        ({"precision": "bf16"}, 9.0),
    ],
)
def test_a_run_takes_the_median_of_those_that_agree_in_all_that_decides_it(
    change: dict[str, Any], seconds: float
) -> None:
    known = [measured(4, 1.0, 2.0, 3.0), measured(3, 2.0), measured(2, 5.0), measured(1, 9.0, precision="bf16")]
    assert Pace(known, []).seconds(config(**change), 10) == pytest.approx(10 * seconds * SEEN)
    told = Pace(known, []).estimate(resolve(LENET), Sizes.built_in("mnist"))  # type: ignore[arg-type]
    assert told and (told.run, told.alike) == (4, True)


def test_where_nothing_alike_was_measured_the_nearest_network_tells_by_arithmetic() -> None:
    pace = Pace([measured(2, 1.0), measured(1, 8.0, architecture="vgg11", dataset="cifar10")], [])
    told = pace.estimate(resolve(LENET | {"architecture": "cnn"}), Sizes.built_in("mnist"))  # type: ignore[arg-type]
    cnn, lenet = (flops(anatomy(resolve(LENET | {"architecture": name}), (1, 28, 28), 10)) for name in ("cnn", "lenet"))
    assert told and (told.run, told.alike) == (2, False)
    assert told.seconds == pytest.approx((cnn / lenet) ** GROWTH * SEEN)


def test_only_a_device_that_may_train_it_tells() -> None:
    known = [measured(2, 1.0, device="cuda"), measured(1, 5.0)]
    times = [Pace(known, workers).seconds(config(), 1) for workers in ([CPU], [GPU], [CPU, GPU], [])]
    assert times == [pytest.approx(one * SEEN) for one in (5.0, 1.0, 3.0, 3.0)]
    assert Pace(known[:1], [CPU]).seconds(config(), 1) is None
    assert Pace(known[:1], [GPU]).seconds(config(device="cpu"), 1) is None


def test_a_data_set_of_ones_own_has_the_size_that_its_newest_run_told() -> None:
    mine = measured(1, 1.0)
    mine = Measured(1, mine.config | {"dataset": "leaves"}, False, 1.0, mine.size)
    pace = Pace([mine], [])
    assert pace.seconds(config() | {"dataset": "leaves"}, 1) == pytest.approx(SEEN)
    assert pace.seconds(config() | {"dataset": "shells"}, 1) is None


def test_nothing_is_said_of_and_by_configurations_of_another_version() -> None:
    strange = Measured(1, config(epochs=3) | {"architecture": "transformer"}, False, 1.0, None)
    assert Pace([strange], []).seconds(config(), 1) is None
    assert Pace([measured(2, 1.0)], []).seconds(config() | {"rain": 1}, 1) is None


def test_without_a_measured_epoch_nothing_is_said() -> None:
    assert Pace([], [CPU]).seconds(config(), 10) is None
