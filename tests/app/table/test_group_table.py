"""Runs by group: what belongs together, and what it says together."""

from statistics import fmean, stdev

import pytest

from app.store.database import Database
from app.store.models import Run
from app.table.group_table import find_groups
from app.table.listing import Filter, matching_ids
from trainer.catalog import resolve

pytestmark = pytest.mark.both_databases

BEST = {0.1: [0.9, 0.92, 0.94], 0.01: [0.8, 0.82]}


@pytest.fixture
def seeds(database: Database) -> Database:
    """Three seeds of one learning rate, two of another; the last of these from before `ema` was known."""
    with database.write() as session:
        for rate, bests in BEST.items():
            for seed, best in enumerate(bests):
                session.add(_run({"learning_rate": rate, "seed": seed, "shuffle": rate == 0.1}, best))
        last = session.get(Run, 5)
        assert last
        last.config = {name: value for name, value in last.config.items() if name != "ema"}
    return database


def _run(values: dict[str, object], best: float) -> Run:
    config = resolve({"dataset": "digits"} | values)
    columns = {name: getattr(config, name) for name in ("architecture", "dataset", "permute", "epochs")}
    return Run(config=config.as_dict(), best_accuracy=best, **columns)


@pytest.mark.parametrize("by", ["seed", "learning_rate", "shuffle", "architecture,learning_rate"])
def test_groups_have_the_mean_and_spread_of_their_runs(seeds: Database, by: str) -> None:
    with seeds.read() as session:
        found = find_groups(session, Filter(), by, sort="-best_accuracy")  # type: ignore[call-arg]
    assert (found.total, found.runs) == (2, 5)
    first, second = found.rows
    assert (list(first.ids), list(second.ids)) == ([3, 2, 1], [5, 4])
    for row, bests in zip(found.rows, BEST.values(), strict=True):
        assert row.best and row.best.sd
        assert (row.best.n, row.best.mean) == (len(bests), pytest.approx(fmean(bests)))
        assert row.best.sd == pytest.approx(stdev(bests))
        assert row.test is None and not row.optimistic


@pytest.mark.parametrize("by", ["seed", "shuffle"])
def test_a_group_is_found_again_by_what_tells_it_from_the_others(seeds: Database, by: str) -> None:
    with seeds.read() as session:
        for row in find_groups(session, Filter(), by).rows:  # type: ignore[call-arg]
            assert row.where
            query = Filter(where=list(row.where))  # type: ignore[call-arg]
            assert sorted(row.ids) == list(matching_ids(session, query))


def test_groups_come_in_pages(seeds: Database) -> None:
    with seeds.read() as session:
        (row,) = find_groups(session, Filter(), "seed", sort="best_accuracy", limit=1, skip=1).rows  # type: ignore[call-arg]
    assert row.id == 3


def test_a_group_that_chose_on_the_test_split_is_marked(database: Database) -> None:
    with database.write() as session:
        session.add(_run({"validation_fraction": 0.0}, 0.9))
    with database.read() as session:
        (row,) = find_groups(session, Filter(), "architecture").rows  # type: ignore[call-arg]
    assert row.optimistic
