"""The README's two pictures, taken from a running Epochyard:

python -m benchmarks.screenshots --run 1 --compare 2,3,4,5
"""

import argparse
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH, HEIGHT = 1440, 1000  # pixels


def main() -> None:
    """Write run.png and compare.png."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--run", required=True, help="a finished run")
    parser.add_argument("--compare", required=True, help="runs to compare, as in 2,3,4,5")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("EPOCHYARD_TEST_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        _take(browser, f"{arguments.url}/runs/{arguments.run}", "run.png")
        _take(browser, f"{arguments.url}/compare?runs={arguments.compare}", "compare.png")
        browser.close()


def _take(browser: Browser, address: str, name: str) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", locale="en-GB")
    answer = page.goto(address)
    if answer is None or not answer.ok:
        raise SystemExit(f"{address} answers {answer.status if answer else 'nothing'}; name runs that are there.")
    _await_charts(page)
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / name)
    print(f"{FOLDER / name}: {(FOLDER / name).stat().st_size / 1000:.0f} kB")
    page.close()


def _await_charts(page: Page) -> None:
    """Until every chart is drawn; Plotly draws its axes first and moves them once the labels are measured."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-figure]')].every((place) => place._fullLayout && place.data)"
    )
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
