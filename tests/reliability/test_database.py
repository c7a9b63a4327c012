"""Many processes and one SQLite file: nobody is told that it is locked, and every row is there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.lifecycle import runs
from app.store import database as module
from app.store.database import Database, wal_is_safe
from app.store.migrate import migrate
from app.store.models import Epoch, Event, Run, Step
from trainer.config import RunConfig

HAMMER = Path(__file__).with_name("hammer.py")
WRITERS, READERS = 8, 20


def hammer(root: Path, *words: object) -> "subprocess.Popen[str]":
    command = [sys.executable, str(HAMMER), *map(str, words)]
    return subprocess.Popen(
        command, cwd=root, env={"PYTHONPATH": str(root)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def answers(processes: list["subprocess.Popen[str]"], seconds: float) -> list[dict[str, Any]]:
    ended = [(*process.communicate(timeout=seconds + 120), process.returncode) for process in processes]
    assert [code for _, _, code in ended] == [0] * len(ended), "\n".join(said for _, said, _ in ended)
    return [json.loads(out) for out, _, _ in ended]


def check_hammering(root: Path, file: Path, seconds: float, *stock: str) -> None:
    """Eight processes that write flat out, two of ten threads each that read; then every row is counted."""
    url = f"sqlite:///{file}"
    writers = [hammer(root, *stock, "write", url, seconds) for _ in range(WRITERS)]
    database = Database(url)
    migrate(database)
    readers = [hammer(root, *stock, "read", url, seconds, READERS // 2) for _ in range(2)]
    told = answers([*writers, *readers], seconds)
    wrote, read = told[:WRITERS], told[WRITERS:]
    total = {name: sum(one[name] for one in wrote) for name in ("StepLogged", "EpochFinished", "CheckpointSaved")}
    started = [run_id for one in wrote for run_id in one["runs"]]
    with database.read() as session:
        count = {
            table: session.exec(select(func.count()).select_from(table)).one() for table in (Run, Step, Epoch, Event)
        }
        assert count[Run] == len(started) == len(set(started))
        assert (count[Step], count[Epoch]) == (total["StepLogged"], total["EpochFinished"])
        assert count[Event] == sum(total.values()) + 3 * count[Run]  # submitted, claimed, started
        for pragma in ("integrity_check", "foreign_key_check"):
            assert session.connection().execute(text(f"PRAGMA {pragma}")).all() in ([("ok",)], [])
    database.close()
    assert all(one["runs"] for one in wrote) and all(one["fewest"] for one in read)
    print(
        f"{seconds} s {stock}: {sum(total.values())} writes, {sum(one['answers'] for one in read)} reads,"
        f" slowest {max(one['slowest'] for one in wrote):.2f} s and {max(one['slowest'] for one in read):.2f} s"
    )


def test_eight_writing_processes_and_twenty_readers_meet_no_lock_and_lose_no_row(root: Path, tmp_path: Path) -> None:
    check_hammering(root, tmp_path / "a.db", 6)


@pytest.fixture
def affected(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's SQLite is taken for one with the WAL-reset bug."""
    monkeypatch.setattr(module.sqlite, "sqlite_version_info", (3, 40, 1))


@pytest.mark.usefixtures("affected")
def test_an_sqlite_with_the_wal_bug_does_without_wal_and_loses_no_row_either(root: Path, tmp_path: Path) -> None:
    check_hammering(root, tmp_path / "a.db", 4, "stock")


# Four threads whose transactions always overlap, until the other end closes standard input.
OVERLAPPING = """
import sys, threading, time
from sqlalchemy import text
from app.store import database as module
module.sqlite.sqlite_version_info = (3, 40, 1)
database, stopping = module.Database(sys.argv[1]), threading.Event()
def read(number):
    time.sleep(number * 0.02)
    while not stopping.is_set():
        with database.read() as session:
            session.connection().execute(text("SELECT count(*) FROM run")).all()
            time.sleep(0.08)
threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
for thread in threads: thread.start()
time.sleep(0.2)
print("reading", flush=True)
sys.stdin.read()
stopping.set()
"""


@pytest.mark.usefixtures("affected")
def test_without_wal_readers_that_always_overlap_let_a_writer_of_another_process_in(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 10_000)
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    migrate(database)
    words = [sys.executable, "-c", OVERLAPPING, f"sqlite:///{tmp_path / 'a.db'}"]
    with subprocess.Popen(words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as readers:
        assert readers.stdout and readers.stdout.readline() == "reading\n"
        for _ in range(3):
            with database.write() as session:
                runs.submit(session, RunConfig())
        assert readers.poll() is None
    assert readers.returncode == 0
    database.close()


@pytest.mark.soak
def test_ten_minutes_of_it(root: Path, tmp_path: Path) -> None:
    check_hammering(root, tmp_path / "a.db", 600)


@pytest.mark.soak
@pytest.mark.usefixtures("affected")
def test_ten_minutes_of_it_without_wal(root: Path, tmp_path: Path) -> None:
    check_hammering(root, tmp_path / "a.db", 600, "stock")


# https://sqlite.org/wal.html#walreset
@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 35, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_only_a_version_without_the_bug_writes_ahead(
    version: tuple[int, int, int], safe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wal_is_safe(version) == safe
    monkeypatch.setattr(module.sqlite, "sqlite_version_info", version)
    assert journal_of(tmp_path / "a.db") == ("wal" if safe else "truncate")


def test_the_sqlite_that_is_loaded_is_safe_or_does_without(tmp_path: Path) -> None:
    loaded = tuple(map(int, module.sqlite.sqlite_version.split(".")))
    assert journal_of(tmp_path / "a.db") == ("wal" if wal_is_safe(loaded) else "truncate")


def test_a_database_that_was_written_ahead_is_taken_back_by_a_version_with_the_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert journal_of(tmp_path / "a.db") == "wal"
    monkeypatch.setattr(module.sqlite, "sqlite_version_info", (3, 40, 1))
    assert journal_of(tmp_path / "a.db") == "truncate"


def journal_of(file: Path) -> str:
    database = Database(f"sqlite:///{file}")
    migrate(database)
    with database.read() as session:
        journal = session.connection().execute(text("PRAGMA journal_mode")).scalar_one()
    database.close()
    return str(journal)


def test_a_process_that_stands_still_within_a_transaction_is_put_out_of_it_by_postgresql(
    migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 200)
    still, other = Database(migrated_postgres), Database(migrated_postgres)
    config = RunConfig(architecture="mlp", dataset="digits", epochs=1)
    with other.write() as session:
        run_id = runs.submit(session, config).id or 0
    with pytest.raises(DBAPIError, match="idle-in-transaction") as raised, still.write() as session:
        runs.claim(session, run_id, "a worker that was stopped")
        session.flush()
        with other.write() as waiting:
            claim = runs.claim(waiting, run_id, "another worker")
        assert claim and claim.attempt == 1
    # A worker's patience takes it for an outage: it asks again, and hears that it was overtaken.
    assert raised.value.connection_invalidated
    for database in (still, other):
        database.close()
