"""A real `epochyard up` (web, broker, worker) and a real Chromium; no test passes with an error in the console."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.opening import PATIENCE_S, context_of, opened, serving

# What its checks find is told in full.
pytest.register_assert_rewrite("tests.browser.looking")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """EPOCHYARD_HOME of the server."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """The address of a running Epochyard with a home of its own."""
    request.getfixturevalue("chromium")  # without it nobody would look at the pages
    with serving(home, "up") as address:
        yield address


@pytest.fixture(scope="session")
def mnist(data_dir: Path, home: Path) -> None:
    """The first 12,000 training and 2,000 test images of MNIST, for the server: what a page shows needs no more."""
    kept = {"train_images": 12_000, "train_labels": 12_000, "test_images": 2_000, "test_labels": 2_000}
    with np.load(data_dir / "mnist.npz") as whole:
        arrays = {name: whole[name][: kept.get(name)] for name in whole.files}
    (home / "datasets").mkdir(exist_ok=True)
    np.savez(home / "datasets" / "mnist.npz", **arrays)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """For one file: as long as Playwright runs, nothing else in this process can use asyncio."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page whose console must stay free of errors. A test that provokes one removes it from `page_errors`."""
    context = context_of(browser, server)
    with opened(context) as page:
        yield page
    context.close()


@pytest.fixture(scope="session")
def finished_run(server: str) -> int:
    """A finished run on the digits."""
    return run_to_the_end(server, architecture="lenet", dataset="digits", epochs=2, name="finished")


def run_to_the_end(server: str, **config: object) -> int:
    answer = httpx.post(f"{server}/api/runs", json=config)
    assert answer.status_code == 201, answer.text
    run_id = int(answer.json()["id"])
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        run = httpx.get(f"{server}/api/runs/{run_id}").json()
        if run["status"] in ("finished", "failed", "cancelled"):
            assert run["status"] == "finished", run["error"]
            return run_id
        time.sleep(0.1)
    pytest.fail(f"run {run_id} is still {run['status']}: {run['message']}")
