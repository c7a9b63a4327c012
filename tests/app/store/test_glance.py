"""A glance sees what others have committed, and never waits for them."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from app.lifecycle import runs
from app.settings import Settings
from app.store.database import Database
from app.store.glance import Glance
from app.store.migrate import migrate
from trainer.catalog import resolve


@pytest.fixture
def glance(database: Database) -> Iterator[Glance]:
    with closing(Glance(database)) as glance:
        yield glance


def test_an_event_is_seen_once_it_is_committed_and_not_before(database: Database, glance: Glance) -> None:
    assert not glance.beyond(0)
    with database.write() as session:
        runs.submit(session, resolve({"dataset": "digits"}))
        assert not glance.beyond(0)
    assert glance.beyond(0)
    assert not glance.beyond(1)


def test_without_wal_a_locked_file_is_worth_a_query(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.database.wal_is_safe", lambda _version: False)
    with closing(Database(settings.database)) as database:
        migrate(database)
        with closing(Glance(database)) as glance, database.engine.connect() as connection:
            assert not glance.beyond(0)
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            assert glance.beyond(0)
