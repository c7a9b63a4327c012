"""The broker, the database or the page goes away in the middle of things, and every run is trained nevertheless."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.lifecycle import runs
from app.lifecycle.submissions import announce
from app.processes.broker import Broker
from app.settings import Settings
from app.store.models import RunStatus
from tests.conftest import free_port
from tests.reliability.relay import Relay
from tests.worker.yard import Yard, environment_of, until
from trainer.config import RunConfig

SHORT = RunConfig(architecture="mlp", dataset="digits", epochs=1)
# Some seconds, with a report an epoch.
SOME = RunConfig(architecture="mlp", dataset="digits", epochs=300, batch_size=8, learning_rate=0.001)
LEASE_SECONDS = 5.0
OUTAGE_SECONDS = 8.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker")
    broker.start()
    yield broker
    broker.stop()


def settings(tmp_path: Path, broker: Broker, **values: object) -> Settings:
    home = tmp_path / "home"
    places = {"home": home, "data_dir": home / "datasets", "broker_url": broker.url, "port": free_port()}
    return Settings(**places, lease_seconds=LEASE_SECONDS, **values)


@pytest.fixture
def yard(tmp_path: Path, broker: Broker) -> Iterator[Yard]:
    yard = Yard(settings(tmp_path, broker))
    yield yard
    yard.close()


def wipe(broker: Broker) -> None:
    """Ends it at once, and what it knew is gone."""
    assert broker.process
    broker.process.kill()
    broker.process.wait()
    shutil.rmtree(broker.folder)


def is_exact(yard: Yard, run_id: int, attempts: int = 1) -> bool:
    """Trained to its end, with every figure recorded and told once."""
    run = yard.ended(run_id)
    assert (run.status, run.attempt) == (RunStatus.FINISHED, attempts)
    epochs = list(range(1, SOME.epochs + 1))
    assert [row["epoch"] for row in yard.epochs(run_id)] == epochs
    assert [(row["epoch"], row["step"]) for row in yard.steps(run_id)] == [(epoch, 100) for epoch in epochs]
    told = [event.payload["epoch"] for event in yard.events(run_id) if event.kind == "epoch"]
    return told == epochs


def test_a_broker_that_is_killed_and_wiped_loses_no_run(yard: Yard, broker: Broker) -> None:
    yard.crew(2)
    running = yard.queue(SOME)
    yard.trains(running)
    queued = [yard.queue(SHORT) for _ in range(20)]
    wipe(broker)
    with yard.database.write() as session:
        late = runs.submit(session, SHORT)
    announce(yard.database, yard.messages, [late])
    assert "broker" in (yard.run(late.id or 0).message or "")
    broker.start()
    for run_id in (running, *queued, late.id or 0):
        run = yard.ended(run_id)
        assert (run.status, run.attempt, run.message) == (RunStatus.FINISHED, 1, None)


@pytest.fixture
def relayed(tmp_path: Path, broker: Broker, postgres_url: str) -> Iterator[tuple[Yard, Relay]]:
    """A PostgreSQL, and a worker whose way to it can be cut; ours is not."""
    url = make_url(postgres_url)
    relay = Relay(url.host or "127.0.0.1", url.port or 5432)
    relay.join()
    yard = Yard(settings(tmp_path, broker, database_url=postgres_url))
    behind = url.set(host="127.0.0.1", port=relay.port).render_as_string(hide_password=False)
    yard.workers.append(yard.start_another(yard.settings.model_copy(update={"database_url": behind})))
    yield yard, relay
    relay.cut()
    yard.close()


def test_a_database_that_is_away_for_longer_than_a_lease_costs_a_training_nothing(relayed: tuple[Yard, Relay]) -> None:
    yard, relay = relayed
    run_id = yard.queue(SOME)
    yard.trains(run_id)
    relay.cut()
    epoch = yard.run(run_id).epoch
    time.sleep(OUTAGE_SECONDS)
    assert yard.run(run_id).epoch == epoch < SOME.epochs
    relay.join()
    assert is_exact(yard, run_id)


def test_what_a_worker_could_not_record_before_it_was_killed_is_recorded_by_the_next(
    relayed: tuple[Yard, Relay],
) -> None:
    yard, relay = relayed
    run_id = yard.queue(SOME)
    yard.trains(run_id)
    relay.cut()
    recorded = yard.run(run_id).epoch
    log = yard.settings.run_folder(run_id) / "log.txt"
    until(lambda: log.read_text().count(" done in ") > recorded + 20)
    yard.worker.kill()
    assert yard.worker_ended() == -signal.SIGKILL
    assert yard.run(run_id).epoch <= recorded + 1
    assert yard.worker
    assert is_exact(yard, run_id, attempts=2)
    assert yard.run(run_id).facts["resumed_epoch"] > recorded + 10


def test_a_page_that_is_killed_and_started_again_costs_a_training_nothing(yard: Yard) -> None:
    url = f"http://127.0.0.1:{yard.settings.port}"
    page = serve(yard)
    try:
        run_id = int(httpx.post(f"{url}/api/runs", json=SOME.as_dict()).raise_for_status().json()["id"])
        assert yard.worker
        yard.trains(run_id)
        page.kill()
        page.wait()
        yard.trains(run_id, yard.run(run_id).epoch + 1)
        page = serve(yard)
        assert is_exact(yard, run_id)
        assert httpx.get(f"{url}/api/runs/{run_id}").json()["status"] == RunStatus.FINISHED
    finally:
        page.kill()
        page.wait()


def serve(yard: Yard) -> subprocess.Popen[bytes]:
    """Returns when it answers."""
    page = subprocess.Popen([sys.executable, "-m", "app", "web"], env=environment_of(yard.settings))

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{yard.settings.port}/healthz").is_success
        except httpx.TransportError:
            return False

    until(answers)
    return page
