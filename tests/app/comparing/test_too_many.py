"""Whoever asks for more lines than a comparison shows is led to those that it can show."""

import httpx
import pytest

from app.comparing.comparison_view import MOST_LINES, MOST_RUNS
from app.comparing.too_many import ways_out
from app.lifecycle import runs
from app.store.database import Database
from trainer.catalog import resolve


@pytest.fixture
def ids(database: Database) -> list[int]:
    """Two sizes of a network, each trained with 25 seeds."""
    sizes = [{"hidden": hidden, "seed": seed} for seed in range(25) for hidden in (8, 16)]
    with database.write() as session:
        configs = [resolve({"architecture": "mlp", "dataset": "digits"} | size) for size in sizes]
        return [runs.submit(session, config).id or 0 for config in configs]


def test_runs_are_put_together_or_left_out(database: Database, ids: list[int]) -> None:
    with database.read() as session:
        ways = ways_out(session, ids)
    assert [(way.view.by, way.lines, len(way.view.runs)) for way in ways] == [
        ("seed", 2, 50),
        ("hidden", 2, 50),
        ("", MOST_LINES, MOST_LINES),
    ]


def test_of_too_many_runs_the_first_are_taken_and_what_is_gone_is_passed_over(
    database: Database, ids: list[int]
) -> None:
    with database.read() as session:
        ways = ways_out(session, [*range(1000, 1000 + MOST_RUNS - 1), *ids])
    assert [(way.view.by, way.lines, way.view.runs) for way in ways] == [("", 1, (ids[0],))]


def test_the_page_links_to_each_way(api: httpx.Client, ids: list[int]) -> None:
    page = api.get("/compare", params={"runs": ",".join(map(str, ids))}, headers={"accept": "text/html"})
    assert page.status_code == 200 and "Too many lines to tell apart" in page.text
    for way in ("by=seed", "by=hidden"):
        assert f'href="/compare?runs={",".join(map(str, ids))}&amp;{way}"' in page.text
    assert "Only the first 40" in page.text
    refused = api.get("/api/compare", params={"runs": ",".join(map(str, ids))})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "by")
