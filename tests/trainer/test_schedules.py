"""Learning-rate schedules by name."""

import pytest

from trainer.catalog import resolve
from trainer.config import choices
from trainer.schedules import SCHEDULES, learning_rate


def test_names_are_those_of_the_configuration() -> None:
    assert tuple(SCHEDULES) == choices("schedule")


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_stays_between_nothing_and_the_peak(name: str) -> None:
    shares = [SCHEDULES[name](step / 1000) for step in range(1001)]
    assert min(shares) >= 0
    assert max(shares) == pytest.approx(1)


def test_shapes_of_the_schedules() -> None:
    step, cosine, onecycle = SCHEDULES["step"], SCHEDULES["cosine"], SCHEDULES["onecycle"]
    assert [step(progress) for progress in (0.49, 0.5, 0.74, 0.75)] == [1.0, 0.1, 0.1, 0.01]
    assert [cosine(progress) for progress in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [onecycle(progress) for progress in (0, 0.3, 1)] == pytest.approx([1 / 25, 1, 1 / 250_000])
    triangle = SCHEDULES["triangle"]
    assert [triangle(progress) for progress in (0, 0.115, 0.23, 0.615, 1)] == pytest.approx([0.2, 0.6, 1, 0.535, 0.07])


def test_the_rate_is_the_configured_one_times_the_schedules_share() -> None:
    config = resolve({"learning_rate": 0.2, "schedule": "step"})
    assert [learning_rate(config, progress) for progress in (0, 0.5, 0.9)] == pytest.approx([0.2, 0.02, 0.002])
