"""Which class learns when, as the page and its script read it."""

import httpx


def test_each_epoch_says_how_many_of_each_class_were_recognised(api: httpx.Client, finished_run: int) -> None:
    found = api.get(f"/api/runs/{finished_run}/learning").json()
    assert found == {
        "split": "validation",
        "classes": ["cat", "dog"],
        "totals": [2, 2],
        "epochs": [1, 2],
        "correct": [[1, 1], [2, 1]],
    }


def test_only_what_is_new_is_told(api: httpx.Client, finished_run: int) -> None:
    found = api.get(f"/api/runs/{finished_run}/learning", params={"after": 1}).json()
    assert (found["epochs"], found["correct"]) == ([2], [[2, 1]])
    assert api.get(f"/api/runs/{finished_run}/learning", params={"after": 2}).json()["epochs"] == []


def test_the_part_of_the_page_is_there_for_runs_with_and_without_epochs(api: httpx.Client, finished_run: int) -> None:
    part = api.get(f"/runs/{finished_run}/partials/learning").text
    assert 'max="2" value="2"' in part
    waiting = api.post("/api/runs", json={"dataset": "digits"}).json()["id"]
    assert "when the first epoch is over" in api.get(f"/runs/{waiting}/partials/learning").text
