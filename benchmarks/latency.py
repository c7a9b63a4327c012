"""How long somebody who looks at the page waits: from Launch to the first step drawn, from an epoch's end to its point.

    python -m benchmarks.latency [--launches 5] [--epochs 60]

Starts `epochyard up` in a folder of its own and drives a real Chromium (EPOCHYARD_TEST_CHROMIUM names another one than
/usr/bin/chromium). "Epoch's end" is the time stamp that the training process writes into the run's log; "drawn" is when
Plotly has finished drawing that epoch's point. Both clocks are this machine's.
"""

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("EPOCHYARD_TEST_CHROMIUM", "/usr/bin/chromium")
PATIENCE_MS = 120_000

# Notes when each epoch's point of the accuracy chart was drawn, by the browser's clock.
WATCH_EPOCHS = """
() => {
  const place = document.querySelector('[data-figure="figure-accuracy"]');
  const live = () => place.data?.find((trace) => trace.meta?.event === "epoch");
  window.drawn = {};
  const note = () => { for (const epoch of live()?.x ?? []) window.drawn[epoch] ??= Date.now(); };
  place.on("plotly_afterplot", note);
}
"""
CHART_IS_THERE = """() => document.querySelector('[data-figure="figure-accuracy"]')?.on"""
STEP_IS_DRAWN = """
() => document.querySelector('[data-figure="figure-loss"]')?.data
        ?.some((trace) => trace.meta?.event === "step" && trace.x.length > 0)
"""
EPOCH_LINE = re.compile(r"^(\S+ \S+) Epoch (\d+) done", re.MULTILINE)


@contextmanager
def epochyard() -> Iterator[str]:
    """The address of a running Epochyard."""
    with tempfile.TemporaryDirectory() as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = os.environ | {"EPOCHYARD_HOME": home, "EPOCHYARD_PORT": str(port)}
        with (Path(home) / "up.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "app", "up"], env=environment, stdout=log, stderr=log)
            address = f"http://127.0.0.1:{port}"
            while True:
                try:
                    httpx.get(f"{address}/healthz", timeout=1)
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            try:
                yield address
            finally:
                process.send_signal(signal.SIGINT)
                process.wait()


def wait_for_end(address: str, run_id: int) -> None:
    while httpx.get(f"{address}/api/runs/{run_id}").json()["status"] in ("queued", "running"):
        time.sleep(0.1)


def launch_to_first_step(page: Page, address: str) -> float:
    """Seconds from the click on Launch to the first step's point on the run's page."""
    page.goto(f"{address}/runs/new")
    page.locator("[name=dataset][value=digits]").check(force=True)
    page.locator("summary", has_text="Advanced").click()
    page.locator("[name=epochs]").fill("1")
    # So small that the digits' one epoch has its first report, at step 100.
    page.locator("[name=batch_size]").fill("8")
    page.get_by_role("button", name="Launch").click(no_wait_after=True)
    clicked = time.monotonic()
    page.wait_for_function(STEP_IS_DRAWN, timeout=PATIENCE_MS)
    seconds = time.monotonic() - clicked
    wait_for_end(address, int(page.url.rsplit("/", 1)[1]))
    return seconds


def epoch_to_chart(page: Page, address: str, epochs: int) -> list[float]:
    """Seconds from the end of each epoch in the training process to its drawn point."""
    body = {"architecture": "lenet", "dataset": "digits", "epochs": epochs, "name": "latency"}
    run_id = httpx.post(f"{address}/api/runs", json=body).raise_for_status().json()["id"]
    page.goto(f"{address}/runs/{run_id}")
    page.wait_for_function(CHART_IS_THERE)
    page.evaluate(WATCH_EPOCHS)
    wait_for_end(address, run_id)
    page.wait_for_timeout(1000)
    drawn = {int(epoch): at / 1000 for epoch, at in page.evaluate("() => window.drawn").items()}
    log = httpx.get(f"{address}/api/runs/{run_id}/log").text
    ended = {int(epoch): datetime.fromisoformat(stamp).timestamp() for stamp, epoch in EPOCH_LINE.findall(log)}
    # Epochs that were over before the page was there are painted with it.
    first_live = min(epoch for epoch in drawn if drawn[epoch] > min(drawn.values()))
    return [drawn[epoch] - ended[epoch] for epoch in ended if epoch in drawn and epoch >= first_live]


def summary(what: str, values: Sequence[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return (
        f"{what}: median {statistics.median(ordered) * 1000:.0f} ms, 95th percentile {p95 * 1000:.0f} ms, "
        f"most {ordered[-1] * 1000:.0f} ms (n = {len(ordered)})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launches", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=60)
    arguments = parser.parse_args()
    with epochyard() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        first, *others = [launch_to_first_step(page, address) for _ in range(1 + arguments.launches)]
        print(f"Launch to the first step drawn, fresh worker still loading torch: {first * 1000:.0f} ms")
        print(summary("Launch to the first step drawn, warm worker", others))
        print(summary("Epoch's end to its point drawn", epoch_to_chart(page, address, arguments.epochs)))
        browser.close()


if __name__ == "__main__":
    main()
