"""How soon a page can be used that a browser has never seen, and what its static files weigh.

    python -m benchmarks.first_view [--rounds 5]

A real web process with a made-up history, and a real Chromium (EPOCHYARD_TEST_CHROMIUM names another one than
/usr/bin/chromium) with an empty cache for each view. "Interactive" is when something is painted and all scripts of the
page have run, from the navigation's start; what a chart out of sight takes comes after it, in the page's idle time.
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from app.settings import Settings
from app.store.database import Database
from benchmarks import synthetic
from benchmarks.installation import free_port, web

CHROMIUM = os.environ.get("EPOCHYARD_TEST_CHROMIUM", "/usr/bin/chromium")
RUNS, EPOCHS = 20, 200
PAGES = ("/", "/runs/new", "/runs/1", f"/compare?runs={','.join(map(str, range(1, RUNS + 1)))}")
MEASURED = """() => {
  const [view] = performance.getEntriesByType("navigation");
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const files = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/static/"));
  return {
    answered: view.responseStart,
    painted,
    interactive: Math.max(painted, view.domContentLoadedEventEnd),
    page: view.encodedBodySize / 1000,
    files: files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1000,
  };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), port=free_port())
        database = Database(settings.database)
        synthetic.fill(database, RUNS, EPOCHS)
        database.close()
        with web(settings) as (address, _pid), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for path in PAGES:
                report(path, [view(browser, address + path) for _round in range(rounds)])
            browser.close()


def view(browser: Browser, url: str) -> dict[str, float]:
    """Milliseconds and kB (compressed) of one view."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.goto(url, wait_until="load")
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
        measured: dict[str, float] = page.evaluate(MEASURED)
        return measured


def report(path: str, views: list[dict[str, Any]]) -> None:
    middle = {name: statistics.median(one[name] for one in views) for name in views[0]}
    print(
        f"{path[:14]}: answered {middle['answered']:.0f} ms, painted {middle['painted']:.0f}, "
        f"interactive {middle['interactive']:.0f} (most {max(one['interactive'] for one in views):.0f}); "
        f"page {middle['page']:.1f} kB, static files {middle['files']:.0f} kB"
    )


if __name__ == "__main__":
    main()
