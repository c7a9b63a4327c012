"""Short trainings on small data, and an HTTP server that misbehaves on demand."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from trainer import atomic
from trainer.catalog import resolve
from trainer.events import Event
from trainer.loop import train
from trainer.prepared import Arrays, write

Training = Callable[..., list[Event]]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small steps wait for the slowest thread: on a busy machine two threads take ten times as long as one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def training(tmp_path: Path) -> Training:
    """Runs a whole training of the MLP on the digits, changed by keyword, and returns its events."""

    def run(*, folder: str = "run", log_every: int = 100, data_dir: Path = tmp_path, **values: Any) -> list[Event]:
        config = resolve({"architecture": "mlp", "dataset": "digits", "epochs": 2} | values)
        return list(train(config, data_dir=data_dir, run_dir=tmp_path / folder, log_every=log_every))

    return run


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A folder with a prepared data set of three classes: 60 + 30 images, 3x16x16, told apart by their colour."""
    generator = np.random.default_rng(0)

    def split(each: int) -> tuple[Any, Any]:
        labels = np.repeat(np.arange(3), each)
        images = generator.integers(0, 100, (3 * each, 3, 16, 16), dtype=np.uint8)
        images[np.arange(3 * each), labels] += 100
        return images, labels

    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "colours.npz", Arrays(*split(20), *split(10), ("red", "green", "blue")))
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tiny.npz`, three classes of noise, 18 + 9 images of 3x16x16: enough for every architecture."""
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (27, 3, 16, 16), dtype=np.uint8)
    labels = np.arange(27) % 3
    folder = tmp_path_factory.mktemp("tiny")
    write(folder / "tiny.npz", Arrays(images[:18], labels[:18], images[18:], labels[18:], ("a", "b", "c")))
    return folder


@pytest.fixture
def no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints of deep networks are large, and waiting for the disk is not what such a test is about."""
    monkeypatch.setattr(atomic.os, "fsync", lambda _descriptor: None)


@dataclass
class Mirror:
    """What the server has: a body a path, and how many bytes it announces and then really sends."""

    url: str
    bodies: dict[str, bytes] = field(default_factory=dict)
    cut_after: int | None = None
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            body = served.bodies.get(self.path)
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: served.cut_after])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Mirror(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()
