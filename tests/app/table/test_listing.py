"""Lists: every order is total, no page repeats or skips a run, nulls come last."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from pydantic import ValidationError
from sqlalchemy import event
from sqlmodel import select

from app.store.database import Database
from app.store.models import Run, RunStatus, now
from app.table.listing import RunQuery, find, matching, matching_ids
from trainer.catalog import resolve
from trainer.config import ConfigError

pytestmark = pytest.mark.both_databases

SORTED = ("id", "best_accuracy", "test_loss", "name", "created_at", "started_at", "status", "permute", "learning_rate")
KEYS = (*SORTED, "seed", "shuffle", "optimizer", "progress")


@pytest.fixture
def many(database: Database) -> Database:
    """Forty runs full of equal values and nulls."""
    draw = random.Random(5)
    with database.write() as session:
        session.add_all(_run(draw) for _ in range(40))
    return database


def _run(draw: random.Random) -> Run:
    rate, permute = draw.choice([0.1, 0.01, 1e-5]), draw.random() < 0.5
    values = {"learning_rate": rate, "seed": draw.randrange(12), "permute": permute}
    config = resolve(values | {"optimizer": draw.choice(["sgd", "adam"]), "shuffle": draw.random() < 0.5})
    started = now() - timedelta(seconds=draw.randrange(3))
    return Run(
        config=config.as_dict(),
        architecture=config.architecture,
        dataset=config.dataset,
        permute=permute,
        epochs=config.epochs,
        name=draw.choice(["", "é", "a%b", "A_b"]),
        notes=draw.choice(["", "100 % sure"]),
        tags=draw.sample(["x", "y", "zé"], draw.randrange(3)),
        status=draw.choice(list(RunStatus)),
        best_accuracy=draw.choice([None, 0.5, 0.5, 0.9]),
        test_loss=draw.choice([None, 0.1 + 0.2, 0.3]),
        started_at=draw.choice([None, started.replace(microsecond=0), started]),
    )


def _pages(database: Database, limit: int, **query: object) -> list[Run]:
    runs: list[Run] = []
    cursor = None
    with database.read() as session:
        while True:
            found = find(session, RunQuery(limit=limit, cursor=cursor, **query))  # type: ignore[arg-type]
            runs += found.runs
            assert len(found.runs) <= limit
            if found.next_cursor is None:
                assert found.total == len(runs)
                return runs
            cursor = found.next_cursor


@pytest.mark.parametrize("key", KEYS)
def test_pages_add_up_to_the_whole_in_order_with_nulls_last(many: Database, key: str) -> None:
    for sort, limit in ((key, 7), (f"-{key}", 1), (f"-{key}", 40)):
        runs = _pages(many, limit, sort=sort)
        assert sorted(run.id or 0 for run in runs) == list(range(1, 41))
        values = [run.config[key] if key in run.config else getattr(run, key) for run in runs]
        present = [value for value in values if value is not None]
        assert values == present + [None] * (len(values) - len(present))
        if key != "name":  # text is ordered as the database does
            assert present == sorted(present, reverse=sort.startswith("-"))
        sign = -1 if sort.startswith("-") else 1
        places = [(str(value), sign * (run.id or 0)) for value, run in zip(values, runs, strict=True)]
        assert all(one[1] < two[1] for one, two in pairwise(places) if one[0] == two[0])


def test_filters_meet(many: Database) -> None:
    everything = _pages(many, 40)
    by_tag = _pages(many, 40, tag="zé")
    assert {run.id for run in by_tag} == {run.id for run in everything if "zé" in run.tags}
    permuted = _pages(many, 40, permute=True, status="queued")
    assert {run.id for run in permuted} == {run.id for run in everything if run.permute and run.status == "queued"}


def test_text_is_found_as_it_stands(many: Database) -> None:
    everything = _pages(many, 40)
    for text, hit in (
        ("%", lambda run: "%" in run.name + run.notes),
        ("a_B", lambda run: "A_b" in run.name),
        ("zé", lambda run: "zé" in run.tags),
        ("LENET", lambda _: True),
        ("'; DROP TABLE run; --", lambda _: False),
    ):
        assert {run.id for run in _pages(many, 40, text=text)} == {run.id for run in everything if hit(run)}, text


def test_a_list_costs_two_queries_and_loads_no_confusion(many: Database) -> None:
    seen: list[str] = []
    event.listen(many.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    _pages(many, 40)
    asked = [statement for statement in seen if statement.startswith("SELECT")]
    assert len(asked) == 2
    assert not any("run.confusion" in statement for statement in asked)


@pytest.mark.parametrize("cursor", ["x", "W10", "WyItaWQiLCAiYSIsIDFd", "WyItaWQiLCAxLCAidyJd", "é"])
def test_a_cursor_that_is_none_of_ours_is_refused(database: Database, cursor: str) -> None:
    with database.read() as session, pytest.raises(ConfigError, match="cursor"):
        find(session, RunQuery(cursor=cursor))


def test_a_cursor_belongs_to_its_order(many: Database) -> None:
    with many.read() as session:
        cursor = find(session, RunQuery(limit=1, sort="name")).next_cursor
        with pytest.raises(ConfigError, match="another order"):
            find(session, RunQuery(cursor=cursor, sort="-name"))


def test_conditions_on_columns_and_settings_must_all_hold(many: Database) -> None:
    everything = _pages(many, 40)
    for where, hit in (
        (["learning_rate>=0.01"], lambda run: run.config["learning_rate"] >= 0.01),
        (["learning_rate<0.1", "seed>5"], lambda run: run.config["learning_rate"] < 0.1 and run.config["seed"] > 5),
        (["shuffle=true", "permute=false"], lambda run: run.config["shuffle"] and not run.permute),
        (["optimizer!=adam"], lambda run: run.config["optimizer"] == "sgd"),
        (["best_accuracy >= 90%"], lambda run: run.best_accuracy is not None and run.best_accuracy >= 0.9),
        (["best_accuracy="], lambda run: run.best_accuracy is None),
        (["best_accuracy!="], lambda run: run.best_accuracy is not None),
        (["best_accuracy!=0.5"], lambda run: run.best_accuracy != 0.5),
        (["status=running"], lambda run: run.status == "running"),
        (["created_at>2020-01-01", "id<=3"], lambda run: run.id <= 3),
        (["name=a%b"], lambda run: run.name == "a%b"),
    ):
        found = _pages(many, 40, where=where)
        assert {run.id for run in found} == {run.id for run in everything if hit(run)}, where


def test_a_run_from_before_a_setting_was_known_did_what_is_now_its_default(many: Database) -> None:
    with many.write() as session:
        run = session.get(Run, 3)
        assert run
        run.config = {name: value for name, value in run.config.items() if name != "ema"}
    assert 3 in {run.id for run in _pages(many, 40, where=["ema=0"])}
    assert 3 in {run.id for run in _pages(many, 40, where=["ema!=0.5"])}
    assert 3 not in {run.id for run in _pages(many, 40, where=["ema>0"])}


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("lerning_rate>1", "'lerning_rate' is no column or setting; known are id, status"),
        ("learning_rate", "must be a field, one of = != >= <= > <, and a value"),
        ("epochs=1.5", "epochs: '1.5' is not accepted; it must be a whole number"),
        ("seed=99999999999", "it must be a whole number from -2147483647 to 2147483647"),
        ("learning_rate<nan", "it must be a number, or a percentage"),
        ("optimizer=rain", "optimizer: 'rain' is unknown; known are sgd, adam, adamw"),
        ("name<b", "name: '<' is for numbers and times; accepted are = and !="),
        ("permute=perhaps", "permute: 'perhaps' is not accepted; it must be true or false"),
        ("started_at>soon", "it must be a date or time such as 2026-03-31"),
        ("seed>", "accepted are = and !="),
    ],
)
def test_a_condition_that_means_nothing_says_what_would(condition: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RunQuery(where=["id>0", condition])  # type: ignore[call-arg]
    (error,) = caught.value.errors()
    assert error["loc"] == ("where", 1) and said in error["msg"]


def test_sqlite_finds_a_setting_by_its_index(database: Database) -> None:
    if not database.is_sqlite:  # PostgreSQL reads a small table whole
        return
    query = RunQuery(where=["learning_rate>=0.01"])  # type: ignore[call-arg]
    with database.read() as session:
        statement = select(Run.id).where(*matching(session, query)).compile(database.engine)
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (0.01,)).all()
    assert "ix_run_setting_learning_rate" in str(plan)


def test_all_that_match_are_known_by_their_numbers(many: Database) -> None:
    with many.read() as session:
        query = RunQuery(permute=True, limit=1)  # type: ignore[call-arg]
        assert len(matching_ids(session, query)) == find(session, query).total > 1
