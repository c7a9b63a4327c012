"""The list by group as the API gives it: means over seeds, filters, pages, and what is not accepted."""

import httpx
import pytest

from app.store.database import Database
from app.store.models import Run
from trainer.catalog import resolve

pytestmark = pytest.mark.both_databases

BEST = {0.1: [0.90, 0.92, 0.94], 0.01: [0.80, 0.82], 0.001: [0.7]}


@pytest.fixture
def seeds(database: Database) -> None:
    """Seeds of three learning rates; runs 1 to 3, 4 and 5, and 6."""
    with database.write() as session:
        for rate, bests in BEST.items():
            for seed, best in enumerate(bests):
                config = resolve({"dataset": "digits", "learning_rate": rate, "seed": seed})
                columns = {name: getattr(config, name) for name in ("architecture", "dataset", "permute", "epochs")}
                session.add(Run(config=config.as_dict(), best_accuracy=best, name=f"rate {rate}", **columns))


@pytest.mark.usefixtures("seeds")
def test_each_group_has_its_mean_deviation_and_interval(api: httpx.Client) -> None:
    found = api.get("/api/groups", params={"sort": "-best_accuracy"}).json()
    assert (found["total"], found["runs"], found["next_skip"]) == (3, 6, None)
    first, second, alone = found["groups"]
    assert (first["id"], first["runs"], first["label"]) == (3, [3, 2, 1], "rate 0.1")
    assert first["differing"] == {"learning_rate": 0.1}
    # By Student's t with two degrees of freedom: 4.303 * 0.02 / sqrt(3).
    assert first["best"] == pytest.approx({"n": 3, "mean": 0.92, "sd": 0.02, "low": 0.8703, "high": 0.9697}, abs=1e-4)
    assert first["test"] is None and second["best"]["n"] == 2
    assert (alone["best"]["n"], alone["best"]["sd"], alone["best"]["low"]) == (1, None, None)


@pytest.mark.usefixtures("seeds")
def test_a_groups_conditions_lead_to_its_runs(api: httpx.Client) -> None:
    for group in api.get("/api/groups", params={"by": "learning_rate"}).json()["groups"]:
        listed = api.get("/api/runs", params={"where": group["where"]}).json()["runs"]
        assert [run["id"] for run in listed] == group["runs"]


@pytest.mark.usefixtures("seeds")
def test_only_what_matches_every_filter_is_grouped(api: httpx.Client) -> None:
    found = api.get("/api/groups", params={"where": ["learning_rate<0.1", "seed=0"], "text": "RATE"}).json()
    assert [group["runs"] for group in found["groups"]] == [[6], [4]]
    assert api.get("/api/groups", params={"tag": "good"}).json()["groups"] == []


@pytest.mark.usefixtures("seeds")
def test_groups_come_page_after_page(api: httpx.Client) -> None:
    seen, skip = [], 0
    while skip is not None:
        page = api.get("/api/groups", params={"limit": 2, "skip": skip, "sort": "id"}).json()
        seen += [group["id"] for group in page["groups"]]
        skip = page["next_skip"]
    assert seen == [3, 5, 6]


@pytest.mark.parametrize(
    ("asked", "field", "accepted"),
    [
        ({"by": "rain"}, "by", "'seed' (everything but the seed), or some of architecture, dataset"),
        ({"by": "seed,epochs"}, "by", "architecture"),
        ({"by": " "}, "by", "everything but the seed"),
        ({"sort": "learning_rate"}, "sort", "-best_accuracy"),
        ({"where": "rain>1"}, "where.0", "learning_rate"),
        ({"cursor": "x"}, "cursor", "skip"),
    ],
)
def test_what_is_not_known_is_answered_with_what_is(
    api: httpx.Client, asked: dict[str, str], field: str, accepted: str
) -> None:
    answer = api.get("/api/groups", params=asked)
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["field"]) == (422, field)
    assert accepted in problem["message"]
