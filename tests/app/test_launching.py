"""The form of a new run: what it shows before anything is launched, and what its fields launch."""

import html
import json
import re
from typing import Any

import httpx
import pytest

from app.lifecycle import runs
from app.store.database import Database
from trainer.catalog import ARCHITECTURES, resolve

HTMX = {"HX-Request": "true"}
LENET = {"architecture": "lenet", "dataset": "mnist"}


def ahead(api: httpx.Client, **sent: str) -> tuple[dict[str, Any], str]:
    """The facts for the page's script, and what is to be read."""
    answer = api.post("/runs/preview", data=LENET | sent, headers=HTMX)
    assert answer.status_code == 200 and "<html" not in answer.text
    found = re.search(r'id="preview-facts">(.*?)</script>', answer.text, re.DOTALL)
    assert found
    return json.loads(found[1]), answer.text


def configs(api: httpx.Client) -> list[dict[str, Any]]:
    return [run["config"] for run in api.get("/api/runs", params={"sort": "id"}).json()["runs"]]


def test_the_first_paint_looks_ahead_already_and_draws_every_network(api: httpx.Client) -> None:
    page = api.get("/runs/new").text
    assert "Before you launch" in page and "61,706" in page and "8,440" in page
    assert page.count('<svg class="sketch"') == len(ARCHITECTURES)
    assert 'type="number"' not in page and "style=" not in page


def test_the_look_ahead_follows_the_fields_and_gives_the_calls_to_copy(api: httpx.Client) -> None:
    facts, page = ahead(api, epochs="3", schedule="cosine", name="mine")
    assert (facts["problems"], facts["match"], facts["count"]) == ({}, None, 1)
    assert facts["said"] == "1 run, 61,706 parameters, 2,532 steps, not known yet"
    assert "0.83\u00a0MFLOP" in page and "no worker is there" in page
    assert "Learning rate from 0.001 over 0.001 to 0" in page
    assert f"curl {api.base_url}/api/runs" in page
    assert "&#34;schedule&#34;: &#34;cosine&#34;" in page and "batch_size" not in page
    assert configs(api) == []


def test_problems_are_told_by_field_with_nothing_refused(api: httpx.Client) -> None:
    facts, page = ahead(api, epochs="0", learning_rate="fast", tags='"')
    assert set(facts["problems"]) == {"epochs", "learning_rate", "tags"}
    assert "3 fields are to be mended first." in page and "Tags</a>" in page


def test_a_number_out_of_its_limits_is_told_in_the_readers_language(api: httpx.Client) -> None:
    sent = LENET | {"learning_rate": "0.1, -1", "momentum": "1"}
    chinese = api.post("/runs/preview", data=sent, headers=HTMX | {"Accept-Language": "zh-CN"}).text
    assert "不接受 -1；必须大于 0且不超过 100。" in chinese
    facts, _ = ahead(api, learning_rate="0.1, -1", momentum="1")
    assert facts["problems"]["learning_rate"] == "-1 is not accepted; it must be greater than 0 and at most 100."
    assert facts["problems"]["momentum"] == "1 is not accepted; it must be at least 0 and less than 1."


@pytest.mark.parametrize("digits", [20, 50, 190, 400, 5000])
@pytest.mark.parametrize("field", ["epochs", "learning_rate", "seed", "momentum", "hidden"])
def test_a_number_of_many_digits_is_told_too(api: httpx.Client, field: str, digits: int) -> None:
    facts, _page = ahead(api, **{field: "9" * digits})
    assert set(facts["problems"]) == {field}
    launched = api.post("/runs", data=LENET | {field: "9" * digits})
    assert launched.status_code == 422 and f'id="{field}-error"' in launched.text


def test_several_values_are_counted_before_and_launched_together(api: httpx.Client) -> None:
    sent = {"learning_rate": "0.1, 0.01", "seed": "0..2", "dataset": "digits", "name": "sweep", "tags": "a, b"}
    facts, page = ahead(api, **sent)
    assert facts["count"] == 6 and "learning_rate=0.1, seed=2" in page and "and 1 more" in page
    assert "/api/grids" in page
    answer = api.post("/runs", data=LENET | sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/compare?runs=1,2,3,4,5,6&by=seed")
    assert [(one["learning_rate"], one["seed"]) for one in configs(api)][2:4] == [(0.1, 2), (0.01, 0)]
    launched = api.get("/api/runs").json()["runs"]
    assert len({run["group"] for run in launched}) == 1 and {tuple(run["tags"]) for run in launched} == {("a", "b")}


def test_too_many_or_one_that_cannot_be_launches_nothing(api: httpx.Client) -> None:
    for values, words in (("0..200", "more than 100 values"), ("0, -1", "-1 is not accepted")):
        answer = api.post("/runs", data=LENET | {"seed": values})
        assert answer.status_code == 422 and f'value="{values}"' in answer.text
        error = re.search(r'id="seed-error">([^<]*)', answer.text)
        assert error and words in error[1]
    assert configs(api) == []


def test_each_of_a_selects_values_is_a_value_too(api: httpx.Client) -> None:
    facts, _ = ahead(api, schedule="constant, step, cosine, onecycle, triangle", augment="true, false")
    assert facts["count"] == 10
    assert 'value="true, false"' in api.get("/runs/new").text


def test_other_networks_and_data_sets_are_trained_as_well(api: httpx.Client) -> None:
    sent = {"architecture": "mlp", "also_architecture": ["mlp", "cnn"], "dataset": "digits", "also_dataset": ["mnist"]}
    page = api.post("/runs/preview", data=sent).text
    assert "4 runs" in page and "6,422 – 6,442" in page and "21 – 844" in page
    checked = re.findall(r'name="((?:also_)?(?:architecture|dataset))" value="(\w+)" checked', page)
    assert [value for _, value in checked] == ["mlp", "mlp", "cnn", "digits", "mnist"]
    api.post("/runs", data=sent)
    assert [(one["architecture"], one["dataset"], one["optimizer"]) for one in configs(api)] == [
        ("mlp", "digits", "sgd"),
        ("mlp", "mnist", "sgd"),
        ("cnn", "digits", "sgd"),
        ("cnn", "mnist", "sgd"),
    ]


def test_a_width_is_matched_before_and_at_launch_without_any_script(api: httpx.Client) -> None:
    sent = {"architecture": "cnn", "features": "99", "match_features": "mlp", "match_hidden": ""}
    facts, page = ahead(api, **sent)
    words = "6,422 parameters, 20 fewer than MLP (0.31 %)"
    assert facts["match"] == {"setting": "features", "value": 6, "words": words}
    assert "6,422" in page
    assert ahead(api, **sent, dataset="cifar10")[0]["match"]["value"] != 6
    api.post("/runs", data=LENET | sent)
    assert configs(api)[0]["features"] == 6
    # LeNet has no width: what a hidden field may still say is passed over.
    assert ahead(api, match_features="mlp")[0]["match"] is None


def test_what_cannot_be_matched_is_told_at_the_width(api: httpx.Client) -> None:
    facts, _ = ahead(api, architecture="mlp", match_hidden="rain")
    assert list(facts["problems"]) == ["hidden"]
    facts, _ = ahead(api, architecture="mlp", also_architecture="lenet", match_hidden="cnn")
    assert "a single one" in facts["problems"]["hidden"]


def test_without_a_script_the_whole_form_comes_back_with_what_was_typed(api: httpx.Client) -> None:
    page = api.post("/runs/preview", data=LENET | {"epochs": "7"}).text
    assert "<html" in page and 'value="7"' in page and "5,908" in page
    assert 'id="epochs-error"' in api.post("/runs/preview", data=LENET | {"epochs": "0"}).text


def test_a_copy_shows_what_it_would_be(api: httpx.Client, database: Database) -> None:
    with database.write() as session:
        run_id = runs.submit(session, resolve(LENET | {"epochs": 2}), name="original").id
    page = api.get(f"/runs/new?from={run_id}").text
    assert "1,688" in page and "&#34;name&#34;: &#34;original&#34;" in page


def test_a_link_fills_the_form_in(api: httpx.Client, database: Database) -> None:
    link = "/runs/new?architecture=mlp&architecture=cnn&dataset=digits&epochs=3&permute=true&name=lesson+4"
    page = api.get(link).text
    assert "2 runs" in page and 'value="3"' in page and 'value="lesson 4"' in page
    assert re.search('name="permute" value="true" checked', page)
    with database.write() as session:
        run_id = runs.submit(session, resolve(LENET | {"epochs": 2}), name="original").id
    page = api.get(f"/runs/new?from={run_id}&seed=7").text
    assert "original" in page and '"seed": 7' in html.unescape(page) and '"epochs": 2' in html.unescape(page)


def test_a_link_that_says_what_the_form_does_not_know_is_told_what_it_knows(api: httpx.Client) -> None:
    refused = api.get("/runs/new?architektur=cnn")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "architektur")
    assert "known are from, architecture" in refused.json()["detail"]
    page = api.get("/runs/new?architecture=perceptron&epochs=0").text
    assert 'id="architecture-error"' in page and 'id="epochs-error"' in page


def test_a_match_by_rest_knows_the_data_folder(api: httpx.Client) -> None:
    unreadable = api.get("/api/match?architecture=cnn&like=mlp&dataset=leaves")
    assert (unreadable.status_code, unreadable.json()["errors"][0]["field"]) == (422, "dataset")
