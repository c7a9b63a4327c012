"""Several runs from one request: every combination or none."""

from typing import Any

import httpx
import pytest

from app.launching.grids import MOST, Grid
from app.store.database import Database
from app.store.models import Run
from trainer.config import ConfigError

GRID = Grid({"dataset": "digits"}, {"learning_rate": [0.1, 0.01], "seed": [0, 1, 2]})


def test_a_grid_is_every_combination_and_seeds_change_fastest() -> None:
    assert GRID.count == 6
    assert [(own["learning_rate"], own["seed"]) for own in GRID.combinations()][:4] == [
        (0.1, 0),
        (0.1, 1),
        (0.1, 2),
        (0.01, 0),
    ]
    assert Grid.of({"seed": [1], "epochs": [2, 3]}) == Grid({"seed": 1}, {"epochs": [2, 3]})
    assert list(Grid({"epochs": 3}).runs()) == [{"epochs": 3}]


def test_runs_are_called_by_what_they_have_of_their_own_and_all_seeds_alike() -> None:
    names = [submission.name for submission in GRID.submissions({"name": "sweep"})]
    assert names == ["sweep, learning_rate=0.1"] * 3 + ["sweep, learning_rate=0.01"] * 3
    networks = Grid({}, {"architecture": ["mlp", "cnn"], "permute": [True]}).submissions({"name": "shuffled"})
    assert [one.name for one in networks] == ["shuffled, mlp, permute=true", "shuffled, cnn, permute=true"]
    assert [one.name for one in Grid({}, {"seed": [0, 1]}).submissions({"name": ""})] == ["", ""]
    named = [one.name for one in Grid({}, {"permute": [False, True], "seed": [0, 1]}).submissions({"name": ""})]
    assert named == [""] * 4
    (longest, _) = Grid({}, {"epochs": [1, 2]}).submissions({"name": "x" * 200})
    assert len(longest.name) == 200 and longest.name.endswith(", epochs=1")


@pytest.mark.parametrize(
    ("config", "lists", "problems"),
    [
        ({}, {"rate": [1]}, {"rate": "is no setting"}),
        ({}, {"seed": []}, {"seed": "has no values"}),
        ({"seed": 1}, {"seed": [1, 2]}, {"seed": "is in config and in grid"}),
        ({}, {"epochs": [1, 2], "seed": list(range(60))}, {"seed": f"2 × 60 are 120 runs; at most {MOST}"}),
        ({}, {"epochs": [1, 0], "seed": [0, -1]}, {"epochs": "0 is not accepted", "seed": "-1 is not accepted"}),
        # Alone each is fine.
        ({}, {"architecture": ["mlp", "lenet"], "hidden": [4]}, {"hidden": r"lenet has none.*\(architecture=lenet\)"}),
        (
            {"permutation_block": 7, "permutation": "blocks"},
            {"permute": [True, False]},
            {"permutation": r"permute on.*\(permute=false\)", "permutation_block": r"\(permute=false\)"},
        ),
        ({"epochs": "many"}, {"seed": [0, 1]}, {"epochs": "'many' is not of type int$"}),
    ],
)
def test_a_grid_that_cannot_be_names_every_setting_that_is_wrong(
    config: dict[str, Any], lists: dict[str, Any], problems: dict[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        Grid(config, lists).check()
    assert set(caught.value.problems) == set(problems)
    for name, words in problems.items():
        with pytest.raises(ConfigError, match=words):
            raise ConfigError({name: caught.value.problems[name]})


@pytest.mark.parametrize(
    ("lists", "address"),
    [
        ({}, "/runs/1"),
        ({"epochs": [1, 2]}, "/compare?runs=1,2"),
        ({"seed": [0, 1]}, "/compare?runs=1,2&by=seed"),
        ({"epochs": list(range(1, 21)), "seed": [0, 1, 2, 3]}, "/compare?runs={}&by=seed"),
        ({"epochs": list(range(1, 42))}, "/?group=g"),
    ],
)
def test_launched_runs_are_shown_together(lists: dict[str, Any], address: str) -> None:
    grid = Grid({}, lists)
    launched = [
        Run(id=number, group="g", config={}, architecture="", dataset="", permute=False, epochs=1)
        for number in range(1, grid.count + 1)
    ]
    assert grid.page(launched) == address.format(",".join(str(run.id) for run in launched))


@pytest.mark.both_databases
def test_a_grid_is_launched_whole_as_a_group(api: httpx.Client, database: Database) -> None:
    del database
    body = {"config": {"dataset": "digits"}, "grid": {"learning_rate": [1, 0.5], "seed": [0, 1]}}
    ahead = api.post("/api/grids/preview", json=body).json()
    assert (ahead["count"], ahead["parameters"], ahead["own"][0]) == (4, [61_706] * 2, {"learning_rate": 1, "seed": 0})
    assert [one["queue_position"] for one in ahead["first"]] == [1, 2, 3, 4]
    assert api.get("/api/runs").json()["total"] == 0
    answer = api.post("/api/grids", json=body | {"name": "sweep", "tags": ["a"], "priority": 7})
    assert answer.status_code == 201
    launched = answer.json()
    assert [(run["config"]["learning_rate"], run["config"]["seed"]) for run in launched] == [
        (1.0, 0),
        (1.0, 1),
        (0.5, 0),
        (0.5, 1),
    ]
    (group,) = {run["group"] for run in launched}
    assert group.startswith("grid:") and {run["priority"] for run in launched} == {7}
    assert api.get("/api/runs", params={"group": group}).json()["total"] == 4
    seeds = api.post("/api/grids", json={"grid": {"seed": [0, 1]}}).json()
    assert seeds[0]["group"] == seeds[1]["group"] and seeds[0]["group"].startswith("seeds:")


def test_nothing_of_a_grid_is_launched_when_one_run_cannot_be(api: httpx.Client) -> None:
    changes: dict[str, dict[str, Any]] = {
        "grid.learning_rate": {"grid": {"learning_rate": [0.1, -1]}},
        "grid.rate": {"grid": {"rate": [1]}},
        "grid.seed": {"grid": {"seed": list(range(101))}},
        "config.epochs": {"config": {"epochs": 0}},
        "config.rate": {"config": {"rate": 1}},
        "config.dataset": {"config": {"dataset": "leaves"}},
        "grid": {"grid": {}},
        "tags.0": {"tags": ["a,b"]},
    }
    for field, change in changes.items():
        answer = api.post("/api/grids", json={"grid": {"seed": [0, 1]}} | change)
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])
    assert api.get("/api/runs").json()["total"] == 0
