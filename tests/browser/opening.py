"""Starts a real Epochyard, and pages whose console must stay silent."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
# Importing torch for the first time takes the worker many seconds on a small machine.
PATIENCE_S = 90.0

# Runs before anything of the page, so that it hears the first violation too, and sees the first jump.
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shift += entry.value; }))
  .observe({ type: "layout-shift", buffered: true });
"""

# What htmx calls an error though it is none: it gave a request up for a newer one.
GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort")


@contextmanager
def serving(home: Path, command: str) -> Iterator[str]:
    """The address of `epochyard up` or `epochyard web` with this home, until the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EPOCHYARD_")}
    environment = kept | {"EPOCHYARD_HOME": str(home), "EPOCHYARD_PORT": str(port)}
    with (home / f"{command}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", command], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _await(address, process, home / f"{command}.log")
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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
    pytest.fail(f"nothing answers at {address}:\n{log.read_text(errors='replace')[-4000:]}")


def context_of(browser: Browser, address: str, **more: Any) -> BrowserContext:
    """What its pages load is kept between them, as in a browser that somebody uses."""
    usual: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(base_url=address, **usual | more)
    context.add_init_script(LISTEN)
    return context


@contextmanager
def opened(context: BrowserContext) -> Iterator[Page]:
    """A page that may have no error; a test that provokes one removes it from `page_errors`."""
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.page_errors = errors  # type: ignore[attr-defined]
    yield page
    page.close()
    assert errors == [], errors


def is_error(message: ConsoleMessage) -> bool:
    return message.type == "error" and not message.text.startswith(GIVEN_UP)
