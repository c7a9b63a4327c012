"""The numbers that say how much the other numbers are worth."""

from math import comb

import httpx
import pytest

from app.lifecycle import claims, runs
from app.statistics import mcnemar
from app.statistics.optimism import twins
from app.store.database import Database
from app.store.models import Epoch, Run
from trainer.catalog import resolve


@pytest.mark.parametrize(
    ("only_one", "only_other", "p"),
    # R 4: binom.test(c(b, c))$p.value
    [(0, 0, 1.0), (0, 5, 0.0625), (1, 9, 0.021484375), (9, 1, 0.021484375), (7, 7, 1.0), (31, 19, 0.11892045255943628)],
)
def test_mcnemar_is_the_exact_binomial_test(only_one: int, only_other: int, p: float) -> None:
    assert mcnemar.p_value(only_one, only_other) == pytest.approx(p, rel=1e-12)


def test_mcnemar_adds_up_the_tail_as_it_is_defined() -> None:
    for images in range(1, 30):
        for fewer in range(images // 2 + 1):
            tail = 2 * sum(comb(images, chosen) for chosen in range(fewer + 1)) / 2**images
            assert mcnemar.p_value(fewer, images - fewer) == pytest.approx(min(1.0, tail), rel=1e-12)


def test_mcnemar_has_no_number_of_images_that_is_too_large() -> None:
    assert mcnemar.p_value(30_000, 29_900) == pytest.approx(0.686, abs=0.001)
    assert mcnemar.p_value(0, 60_000) == 0


def of_run(number: int, accuracy: float, **values: object) -> Run:
    config = resolve({"dataset": "digits"} | values)
    facts = {"selection": "validation" if config.validation_fraction else "test"}
    kinds = {"architecture": config.architecture, "dataset": config.dataset, "permute": False, "epochs": 1}
    return Run(id=number, config=config.as_dict(), facts=facts, test_accuracy=accuracy, **kinds)


def test_twins_are_one_experiment_that_chose_on_either_split() -> None:
    flattered, honest = of_run(1, 0.93, validation_fraction=0.0), of_run(2, 0.91, watch_test=True)
    other, untested = of_run(3, 0.9, seed=1), of_run(4, 0.9)
    untested.test_accuracy = None
    assert twins([honest, other, untested, flattered]) == [(flattered, honest)]


def test_the_evidence_of_a_run(api: httpx.Client, database: Database) -> None:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits", "epochs": 3, "watch_test": True})).id or 0
    path = f"/api/runs/{run_id}/evidence"
    before = api.get(path).json()
    assert {name for name, value in before.items() if value is not None} == {"selection", "optimistic"}
    with database.write() as session:
        claim = runs.claim(session, run_id, "test")
        assert claim
        claims.update_claimed(session, claim, facts={"selection": "validation", "test_images": 100})
        for number, tested in ((1, 0.90), (2, 0.94), (3, 0.92)):
            figures = dict.fromkeys(("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"), 0.5)
            rest = {"learning_rate": 0.1, "seconds": 1.0, "images_per_second": 1.0, "confusion": [[1]]}
            session.add(Epoch(run_id=run_id, epoch=number, **figures, test_loss=1.0, test_accuracy=tested, **rest))
        last = {"last_test_loss": 0.5, "last_test_accuracy": 0.92, "only_best": 1, "only_last": 3}
        best = {"best_epoch": 1, "best_accuracy": 0.95, "test_loss": 0.4, "test_accuracy": 0.90}
        runs.finish(session, claim, confusion=[[90, 10], [0, 0]], **best, **last)
    found = api.get(path).json()
    assert (found["optimistic"], found["best_by_test"]) == (False, 0.94)
    assert found["optimism_gap"] == pytest.approx(0.04)
    assert found["mcnemar_p"] == 0.625
    # R 4: prop.test(90, 100, correct = FALSE)$conf.int
    assert (round(found["test"]["low"], 4), round(found["test"]["high"], 4)) == (0.8256, 0.9448)
    assert found["last"]["accuracy"] == 0.92
    listed = api.get("/api/runs").json()["runs"][0]
    assert [round(end, 4) for end in listed["test_interval"]] == [0.8256, 0.9448]
    assert listed["selection"] == "validation"


def test_a_run_that_chose_on_the_test_split_is_optimistic_and_has_no_gap(api: httpx.Client, finished_run: int) -> None:
    assert api.get(f"/api/runs/{finished_run}/evidence").json()["optimistic"] is False
    flattered = api.post("/api/runs", json={"dataset": "digits", "validation_fraction": 0.0}).json()["id"]
    found = api.get(f"/api/runs/{flattered}/evidence").json()
    assert (found["selection"], found["optimistic"], found["optimism_gap"]) == ("test", True, None)


def test_watching_the_test_split_needs_a_validation_split(api: httpx.Client) -> None:
    refused = api.post("/api/runs", json={"dataset": "digits", "validation_fraction": 0.0, "watch_test": True})
    assert refused.status_code == 422
    assert "measured anyway" in refused.text
