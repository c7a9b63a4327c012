"""The web application behind a real server, as a browser or a script meets it."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest
import uvicorn

from app.lifecycle import claims, runs
from app.main import create_app
from app.settings import Settings
from app.store.database import Database
from app.store.models import Epoch
from app.store.outbox import tell
from trainer.catalog import resolve

# Reading the certificates that a client trusts takes longer than most tests.
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
Serve = Callable[[Settings], AbstractContextManager[httpx.Client]]


@contextmanager
def serving(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the application, served in a thread of this process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings), log_config=None, timeout_graceful_shutdown=5, lifespan="on")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_for(lambda: server.started or not thread.is_alive())
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with httpx.Client(base_url=address, timeout=10, verify=NOBODY) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def serve() -> Serve:
    return serving


@pytest.fixture
def api(settings: Settings, database: Database) -> Iterator[httpx.Client]:
    """The application with the tables of `database`."""
    del database
    with serving(settings) as client:
        yield client


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


CONFUSION = [[9, 1], [4, 6]]


@pytest.fixture
def finished_run(database: Database) -> int:
    """A run with two epochs and a test, as the worker writes it."""
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits", "epochs": 2}), name="Done").id or 0
    with database.write() as session:
        claim = runs.claim(session, run_id, "test")
        assert claim
        claims.update_claimed(
            session,
            claim,
            facts={"classes": ["cat", "dog"], "selection": "validation", "test_images": 20},
            curve=[(1, 0.5), (2, 0.5)],
        )
        for number in (1, 2):
            figures: dict[str, float | None] = dict.fromkeys(
                ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"), 0.5
            )
            rates = {"learning_rate": 0.001, "seconds": 2.0, "images_per_second": 100.0}
            figures |= {"test_loss": None, "test_accuracy": None, **rates}
            row = Epoch(run_id=run_id, epoch=number, **figures, confusion=[[number, 0], [1, 1]])
            session.add(row)
            tell(session, run_id, "epoch", {"epoch": number})
        runs.finish(
            session, claim, best_epoch=2, best_accuracy=0.8, test_loss=0.4, test_accuracy=0.75, confusion=CONFUSION
        )
    return run_id
