"""The README's pictures: short trainings on MNIST, and what the pages make of them.

    EPOCHYARD_DATA_DIR=... python -m benchmarks.screenshots [--home FOLDER]

Trains some ten minutes on two cores. A home folder that is named is kept, and pictures taken from it again need no
training. EPOCHYARD_TEST_CHROMIUM names another browser than /usr/bin/chromium.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.installation import free_port
from benchmarks.serving import started

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH = 1440  # pixels
# Of the pictures' palettes: the pages have few colours, and the files are a third of the size.
COLORS = 256
SEEDS = 3
DRAWN = """() => [...document.querySelectorAll("[data-figure]")]
  .every((place) => !place.clientWidth || (place._fullLayout && place.data))"""


def main() -> None:
    """Write runs.png, run.png, compare.png and launch.png."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="where the runs are kept (default: nowhere)")
    named = parser.parse_args().home
    with tempfile.TemporaryDirectory() as nowhere:
        home = named or Path(nowhere)
        home.mkdir(parents=True, exist_ok=True)
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        environment = {"EPOCHYARD_HOME": str(home), "EPOCHYARD_PORT": str(port)}
        with started([sys.executable, "-m", "app", "up"], environment, address, "/healthz"):
            if not _runs(address):
                for config in experiments():
                    httpx.post(f"{address}/api/runs", json=config).raise_for_status()
            _await_end(address)
            _take_all(address)


def experiments() -> Iterator[dict[str, Any]]:
    """One LeNet to look at, and two small networks with and without their pixels in place, some seeds of each."""
    yield {"architecture": "lenet", "dataset": "mnist", "epochs": 10, "tags": ["course"]}
    for seed in range(SEEDS):
        for permute in (False, True):
            for architecture in ("mlp", "cnn"):
                config = {"architecture": architecture, "permute": permute, "seed": seed}
                yield {"dataset": "mnist", "epochs": 5, "tags": ["permutation"], **config}


def _runs(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{address}/api/runs?sort=id&limit=100").raise_for_status().json()["runs"]
    return found


def _await_end(address: str) -> None:
    while waiting := [run for run in _runs(address) if run["status"] in ("queued", "running")]:
        print(f"{len(waiting)} runs left", flush=True)
        time.sleep(10)
    if failed := [run["error"] for run in _runs(address) if run["status"] != "finished"]:
        raise SystemExit("\n".join(map(str, failed)))


def _take_all(address: str) -> None:
    lenet, *others = (run["id"] for run in _runs(address))
    compared = ",".join(map(str, others))
    # With the height of its window.
    pages = {
        "runs": ("/?group_by=seed", 760),
        "run": (f"/runs/{lenet}", 1000),
        "compare": (f"/compare?runs={compared}&by=seed", 1240),
        "launch": ("/runs/new", 1240),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("EPOCHYARD_TEST_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name, (path, height) in pages.items():
            _take(browser, f"{address}{path}", name, height)
        browser.close()


def _take(browser: Browser, address: str, name: str, height: int) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": height}, color_scheme="light", locale="en-GB")
    page.goto(address)
    PREPARED.get(name, _nothing)(page)
    page.wait_for_function(DRAWN)
    page.evaluate("document.fonts.ready")
    # Plotly draws its axes first and moves them once the labels are measured.
    page.wait_for_timeout(500)
    path = FOLDER / f"{name}.png"
    with Image.open(BytesIO(page.screenshot())) as picture:
        # The method that keeps the colours of what is small, such as a mark on a curve.
        kept = picture.convert("RGB").quantize(COLORS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        kept.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    page.close()


def _nothing(page: Page) -> None:
    """As the page opens."""


def _open_a_group(page: Page) -> None:
    page.locator("[data-opens-group]").first.click()
    page.locator(".of-group tbody tr").first.wait_for()


def _look_at_the_data(page: Page) -> None:
    """Several seeds of the small network, with the pixels scrambled."""
    page.locator("[name=architecture][value=cnn]").check(force=True)
    page.get_by_role("switch", name="Permute pixels").check()
    page.locator(".data img").wait_for()
    page.locator("details.more > summary", has_text="Advanced").click()
    page.locator("#seed").fill("1..5")
    page.locator(".how-many").wait_for()
    page.locator("legend", has_text="Data set").evaluate("(title) => scrollTo(0, title.offsetTop - 480)")


PREPARED = {"runs": _open_a_group, "launch": _look_at_the_data}


if __name__ == "__main__":
    main()
