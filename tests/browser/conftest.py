"""A real `epochyard up` (web, broker, worker) and a real Chromium; no test passes with an error in the console."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ROOT = Path(__file__).resolve().parents[2]
# Importing torch for the first time takes the worker many seconds on a small machine.
PATIENCE_S = 90.0

# Runs before anything of the page, so that it hears the first violation too.
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """EPOCHYARD_HOME of the server."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """The address of a running Epochyard with a home of its own."""
    request.getfixturevalue("chromium")  # without it nobody would look at the pages
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EPOCHYARD_")}
    environment = kept | {"EPOCHYARD_HOME": str(home), "EPOCHYARD_PORT": str(port)}
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "up"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _await(address, process, home / "up.log")
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def mnist(data_dir: Path, home: Path) -> None:
    """The first 12,000 training and 2,000 test images of MNIST, for the server: what a page shows needs no more."""
    kept = {"train_images": 12_000, "train_labels": 12_000, "test_images": 2_000, "test_labels": 2_000}
    with np.load(data_dir / "mnist.npz") as whole:
        arrays = {name: whole[name][: kept.get(name)] for name in whole.files}
    (home / "datasets").mkdir(exist_ok=True)
    np.savez(home / "datasets" / "mnist.npz", **arrays)


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/healthz", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"epochyard up did not answer at {address}:\n{log.read_text(errors='replace')[-4000:]}")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page whose console must stay free of errors. A test that provokes one removes it from `page_errors`."""
    context = browser.new_context(base_url=server, viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.page_errors = errors  # type: ignore[attr-defined]
    yield page
    context.close()
    assert errors == []


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
