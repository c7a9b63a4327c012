"""Every error is a problem document that says what is wrong, where, and what is accepted."""

from typing import Any

import httpx
import pytest

MEMBERS = {"type", "title", "status", "detail", "instance", "errors"}


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert set(document) == MEMBERS
    assert (document["status"], document["instance"]) == (status, response.request.url.path)
    assert all(set(entry) == {"field", "value", "message", "accepted"} for entry in document["errors"])
    return document


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"architecture": "alexnet"}, "architecture", "mlp, cnn, lenet"),
        ({"dataset": "imagenet"}, "dataset", "mnist, cifar10"),
        ({"dataset": "../../etc/passwd"}, "dataset", "text"),
        ({"epochs": 0}, "epochs", "at least 1 and at most 1000"),
        ({"epochs": 10**9}, "epochs", "at least 1 and at most 1000"),
        ({"epochs": True}, "epochs", "a whole number"),
        ({"epochs": 10**400}, "epochs", "a whole number"),
        ({"learning_rate": "nan"}, "learning_rate", "greater than 0 and at most 100"),
        ({"colour": "red"}, "colour", "known are architecture, dataset"),
        ({"architecture": "resnet18", "hidden": 32}, "hidden", "a setting of mlp; resnet18 has none"),
        ({"architecture": "mlp", "head": "conv1x1"}, "head", "mlp has none"),
        ({"permutation": "rows"}, "permutation", "only with permute on"),
        (
            {"dataset": "cifar10", "permute": True, "permutation": "blocks", "permutation_block": 7},
            "permutation_block",
            "sides that do are 1, 2, 4, 8, 16, 32",
        ),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"notes": "x" * 10_001}, "notes", "at most 10000"),
        ({"tags": ["x"] * 21}, "tags", "at most 20"),
        ({"tags": ['a"b']}, "tags.0", "quotes"),
        ({"name": "a\x00b"}, "name", "NUL"),
    ],
)
def test_a_bad_submission_names_field_value_and_what_is_accepted(
    api: httpx.Client, body: dict[str, Any], field: str, words: str
) -> None:
    document = problem(api.post("/api/runs", json=body), 422)
    (entry,) = document["errors"]
    assert entry["field"] == field
    assert words in entry["message"] + entry["accepted"]
    assert api.get("/api/runs").json()["total"] == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_refused(api: httpx.Client, number: str) -> None:
    body = f'{{"learning_rate": {number}}}'
    response = api.post("/api/runs", content=body, headers={"content-type": "application/json"})
    assert problem(response, 422)["errors"][0]["field"] == "learning_rate"


def test_several_mistakes_are_told_at_once(api: httpx.Client) -> None:
    document = problem(api.post("/api/runs", json={"epochs": 0, "batch_size": 0, "optimiser": "sgd"}), 422)
    assert {entry["field"] for entry in document["errors"]} == {"epochs", "batch_size", "optimiser"}


def test_a_body_that_is_no_json_is_a_bad_request(api: httpx.Client) -> None:
    response = api.post("/api/runs", content=b"{nope", headers={"content-type": "application/json"})
    assert "no JSON" in problem(response, 400)["detail"]


def test_no_body_and_a_list_are_refused(api: httpx.Client) -> None:
    problem(api.post("/api/runs"), 422)
    problem(api.post("/api/runs", json=[1]), 422)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/runs/99", 404),
        ("/api/runs/99/epochs", 404),
        ("/api/nothing", 404),
        ("/api/runs/abc", 422),
        ("/api/runs/99999999999999999999", 422),
        ("/api/runs?status=lost", 422),
        ("/api/runs?sort=colour", 422),
        ("/api/runs?limit=0", 422),
        ("/api/runs?colour=red", 422),
        ("/api/runs?cursor=nonsense", 422),
        ("/api/compare", 422),
        ("/api/compare?runs=1,x", 422),
        ("/api/compare?runs=1", 404),
        ("/api/epochs?runs=", 422),
        ("/api/epochs?runs=1", 404),
        ("/api/events?kinds=rain", 422),
        ("/api/events?after=-1", 422),
    ],
)
def test_a_wrong_address_is_a_problem(api: httpx.Client, path: str, status: int) -> None:
    problem(api.get(path), status)


def test_a_method_that_is_not_allowed(api: httpx.Client) -> None:
    assert "PUT is not allowed" in problem(api.put("/api/runs"), 405)["detail"]


@pytest.mark.parametrize("says_length", [True, False])
def test_a_body_too_large_is_refused(api: httpx.Client, says_length: bool) -> None:
    pieces = (b"x" * 100_000 for _ in range(11))
    content = b"".join(pieces) if says_length else pieces
    problem(api.post("/api/runs", content=content, headers={"content-type": "application/json"}), 413)


def test_a_browser_gets_a_page_instead(api: httpx.Client) -> None:
    response = api.get("/runs/99", headers={"accept": "text/html"})
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "There is no run 99." in response.text


def test_what_nobody_foresaw_is_a_problem_with_all_headers(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("app.routes.runs.find", broken)
    response = api.get("/api/runs")
    assert "secret" not in problem(response, 500)["detail"]
    assert "content-security-policy" in response.headers


@pytest.mark.parametrize("path", ["/nothing/here", "/runs/99999"])
def test_a_page_that_is_not_there_speaks_the_readers_language(api: httpx.Client, path: str) -> None:
    page = api.get(path, headers={"accept": "text/html", "accept-language": "zh-CN"})
    assert page.status_code == 404
    assert '<html lang="zh-CN">' in page.text and "前往训练列表" in page.text
    assert problem(api.get(f"/api{path}", headers={"accept-language": "zh-CN"}), 404)["title"] == "Not Found"
