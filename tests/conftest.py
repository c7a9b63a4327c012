"""What tests share: settings of their own, a database, and the real services, started here or skipped with a reason."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from app.processes.broker import Broker, BrokerUnavailable
from app.settings import Settings
from app.store.database import Database
from app.store.migrate import migrate

# Set where a skipped test means that the whole suite did not run (continuous integration).
NO_SKIPS = "EPOCHYARD_TEST_NO_SKIPS"


def skipped(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    """Where it could be otherwise: another processor cannot be installed."""
    hardware = "Skipped: this machine's "
    return [report for report in reporter.stats.get("skipped", []) if not report.longrepr[2].startswith(hardware)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get(NO_SKIPS) and skipped(terminalreporter):
        terminalreporter.section(f"{NO_SKIPS} is set: the skipped tests above count as failures", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(NO_SKIPS) and exitstatus == 0 and reporter and skipped(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own EPOCHYARD_* variables must not reach the code under test."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"EPOCHYARD_{name.upper()}", raising=False)


DATA_DIR = os.environ.get("EPOCHYARD_DATA_DIR", "")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """A folder with the real mnist.npz and cifar10.npz."""
    if not DATA_DIR or not all((Path(DATA_DIR) / f"{name}.npz").exists() for name in ("mnist", "cifar10")):
        pytest.skip("EPOCHYARD_DATA_DIR names no folder with mnist.npz and cifar10.npz")
    return Path(DATA_DIR).absolute()


# Every test takes the database named here; without it SQLite, and those marked `both_databases` PostgreSQL as well.
BACKEND = os.environ.get("EPOCHYARD_TEST_DATABASE", "")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") and not BACKEND
        metafunc.parametrize("backend", ["sqlite", "postgresql"] if both else [BACKEND or "sqlite"])


@pytest.fixture
def settings(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """A home of its own; the default broker address leads nowhere."""
    url = request.getfixturevalue("migrated_postgres") if backend == "postgresql" else None
    return Settings(home=tmp_path / "home", port=free_port(), database_url=url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with empty tables at the newest schema, to copy: a migration takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "epochyard.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture
def database(settings: Settings, migrated_sqlite: Path) -> Iterator[Database]:
    """The migrated database of `settings`."""
    database = Database(settings.database)
    if database.is_sqlite:
        shutil.copyfile(migrated_sqlite, database.url.database or "")
    yield database
    database.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real broker of this test session."""
    broker = Broker(tmp_path_factory.mktemp("broker"))
    try:
        broker.start()
    except BrokerUnavailable as error:
        pytest.skip(str(error))
    yield broker.url
    broker.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a real PostgreSQL server: EPOCHYARD_TEST_POSTGRES_URL, or the one that listens here."""
    url = os.environ.get("EPOCHYARD_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect():
            pass
    except Exception as error:
        pytest.skip(f"no PostgreSQL answers at {url}: {error}")
    yield url
    engine.dispose()


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """URL of an empty database, dropped at the end."""
    name = f"epochyard_test_{uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        # No test pulls the plug; waiting for the disk at each commit would be most of its time.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    yield str(engine.url.set(database=name).render_as_string(hide_password=False))
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database that goes with the test."""
    with postgres_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_of_the_session(postgres_server: str) -> Iterator[str]:
    with postgres_database(postgres_server) as url:
        yield url


@pytest.fixture
def migrated_postgres(postgres_of_the_session: str) -> str:
    """A PostgreSQL database with empty tables at the newest schema; one for all tests, which saves most of the time."""
    database = Database(postgres_of_the_session)
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with database.write() as session:
        # What a killed process of an earlier test left open would hold its locks.
        session.connection().execute(text(others))
    migrate(database)
    with database.write() as session:
        # For so few rows much quicker than TRUNCATE.
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.connection().execute(table.delete())
        session.connection().execute(text("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"))
    database.close()
    return postgres_of_the_session


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium that Playwright can drive."""
    path = os.environ.get("EPOCHYARD_TEST_CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        pytest.skip(f"no Chromium at {path}; EPOCHYARD_TEST_CHROMIUM names another")
    subprocess.run([path, "--version"], check=True, capture_output=True)
    return path
