"""The runs table in the browser's first answer: columns, conditions, groups, and all that match at once."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.lifecycle import runs
from app.store.database import Database
from app.table.columns import ALL, DEFAULT
from trainer.catalog import resolve


@pytest.fixture
def browser(api: httpx.Client) -> httpx.Client:
    api.headers["accept"] = "text/html"
    api.follow_redirects = True
    return api


@pytest.fixture
def four(database: Database) -> list[int]:
    """Two seeds of two learning rates, queued."""
    with database.write() as session:
        return [
            runs.submit(session, resolve({"dataset": "digits", "learning_rate": rate, "seed": seed})).id or 0
            for rate in (0.1, 0.01)
            for seed in (0, 1)
        ]


def listed(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="run-(\d+)"', page)]


def heads(page: str) -> list[str]:
    return re.findall(r"<th scope=\"col\"[^>]*><a [^>]*>([^<]+?)(?: [↑↓])?</a>", page)


def said(page: str) -> str:
    found = re.search(r'id="notice" class="notice"[^>]*>(.*?)<', page)
    assert found
    return found[1]


@pytest.mark.usefixtures("four")
def test_columns_are_those_of_the_address_in_its_order(browser: httpx.Client) -> None:
    page = browser.get("/?columns=learning_rate,name,seed,seconds").text
    assert heads(page) == ["Learning rate", "Name", "Seed", "Time"]
    assert '<td class="number">0.01</td>' in page
    everything = browser.get("/", params={"columns": ",".join(ALL)})
    assert everything.status_code == 200 and everything.text.count("<td") >= 4 * len(ALL)
    refused = browser.get("/?columns=name,colour")
    assert refused.status_code == 422 and "&#39;colour&#39; is no column; known are id" in refused.text


@pytest.mark.usefixtures("four")
def test_the_ticked_columns_become_an_address_to_keep(browser: httpx.Client) -> None:
    page = browser.get("/?column=seed&column=name&sort=seed&where=seed%3E0")
    assert parse_qs(urlsplit(str(page.url)).query) == {"columns": ["seed,name"], "sort": ["seed"], "where": ["seed>0"]}
    usual = browser.get("/", params=[("column", name) for name in DEFAULT])
    assert usual.url.query == b""


def test_a_row_is_refreshed_with_the_columns_that_it_has(browser: httpx.Client, four: list[int]) -> None:
    page = browser.get("/?columns=name,seed").text
    assert f'hx-get="/runs/{four[0]}/partials/row?columns=name%2Cseed"' in page
    row = browser.get(f"/runs/{four[1]}/partials/row?columns=name%2Cseed").text
    assert row.strip() in page and row.count("<td") == 3


@pytest.mark.parametrize("part", ["row", "header", "results", "log"])
def test_a_page_that_asks_for_news_of_a_deleted_run_gets_none(
    browser: httpx.Client, four: list[int], part: str
) -> None:
    assert browser.delete(f"/api/runs/{four[0]}").is_success
    address = f"/runs/{four[0]}/partials/{part}"
    assert browser.get(address, headers={"HX-Request": "true"}).status_code == 204
    assert browser.get(address).status_code == 404


@pytest.mark.usefixtures("finished_run")
def test_a_row_draws_its_accuracy(browser: httpx.Client) -> None:
    page = browser.get("/").text
    assert '<svg class="curve"' in page and "Accuracy by epoch: from 50.00 % to 50.00 %" in page


def test_a_condition_is_added_said_and_taken_away(browser: httpx.Client, four: list[int]) -> None:
    page = browser.get("/?field=learning_rate&operator=%3E%3D&value=0.1&sort=id&text=")
    assert parse_qs(urlsplit(str(page.url)).query) == {"sort": ["id"], "where": ["learning_rate>=0.1"]}
    assert listed(page.text) == four[:2]
    assert "Learning rate ≥ 0.1" in page.text
    away = re.search(r'<a href="([^"]+)" aria-label="Remove the condition', page.text)
    assert away and listed(browser.get(away[1].replace("&amp;", "&")).text) == four
    refused = browser.get("/?field=epochs&operator=%3D&value=many&where=seed%3D1")
    assert said(refused.text).startswith("epochs: &#39;many&#39; is not accepted; it must be a whole number")
    assert listed(refused.text) == [four[3], four[1]]


def test_the_api_takes_conditions_and_names_the_one_that_is_wrong(api: httpx.Client, four: list[int]) -> None:
    found = api.get("/api/runs", params={"where": ["seed=1", "learning_rate<0.1"]}).json()
    assert [run["id"] for run in found["runs"]] == [four[3]]
    refused = api.get("/api/runs", params={"where": ["seed=1", "sed=2"]})
    (problem,) = refused.json()["errors"]
    assert (refused.status_code, problem["field"]) == (422, "where.1")
    assert "'sed' is no column or setting; known are id" in problem["message"]


@pytest.mark.parametrize("path", ["/", "/partials/runs"])
def test_an_address_that_the_list_does_not_know_is_answered_with_those_it_does(
    browser: httpx.Client, path: str
) -> None:
    refused = browser.get(path, params={"colour": "red"})
    assert refused.status_code == 422
    assert "colour: is not known here; known are status, architecture" in refused.text and "group_by" in refused.text


def test_groups_open_to_their_runs_and_lead_to_their_comparison(browser: httpx.Client, four: list[int]) -> None:
    page = browser.get("/?group_by=seed&sort=id").text
    assert "4 runs" in page and "2 groups" in page
    assert f'href="/compare?runs={four[1]},{four[0]}"' in page and f'value="{four[3]},{four[2]}"' in page
    address = re.findall(r'data-from="([^"]+)"', page)
    members = browser.get(address[0].replace("&amp;", "&")).text
    assert listed(members) == four[:2]
    refused = browser.get("/?group_by=weather")
    assert refused.status_code == 422 and "&#39;weather&#39; is not accepted" in refused.text


def test_all_that_match_are_changed_when_they_are_as_many_as_somebody_saw(
    browser: httpx.Client, four: list[int]
) -> None:
    stale = browser.post("/runs/actions?where=seed%3D1", data={"action": "pause", "all": "3"})
    assert said(stale.text) == "2 runs match by now: nothing was done."
    done = browser.post("/runs/actions?where=seed%3D1", data={"action": "pause", "all": "2"})
    assert said(done.text) == "2 paused."
    assert listed(browser.get("/?status=paused&sort=id").text) == [four[1], four[3]]


def test_a_ticked_group_is_all_of_its_runs(browser: httpx.Client, four: list[int]) -> None:
    done = browser.post("/runs/actions?group_by=seed", data={"action": "cancel", "runs": [f"{four[0]},{four[1]}", "x"]})
    assert done.status_code == 422
    done = browser.post("/runs/actions?group_by=seed", data={"action": "cancel", "runs": [f"{four[0]},{four[1]}"]})
    assert said(done.text) == "2 cancelled."
