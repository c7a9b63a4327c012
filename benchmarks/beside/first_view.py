"""A visitor's first view: how long until the rows are there and the page's main thread has nothing left to do."""

import os
import time

from playwright.sync_api import Error, sync_playwright

from benchmarks.beside.tool import Tool

CHROMIUM = os.environ.get("EPOCHYARD_TEST_CHROMIUM", "/usr/bin/chromium")
# Nothing but this machine is reached, so that no page waits for a font or a script from elsewhere.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
# Since the navigation began, by the page's own clock.
INTERACTIVE = "() => new Promise((tell) => requestIdleCallback(() => tell(performance.now())))"


def first_views(tool: Tool, address: str, times: int, most_seconds: float) -> list[float]:
    """Milliseconds, each in a new browser without profile and cache. Empty where it takes longer than all may take."""
    found: list[float] = []
    begin = time.monotonic()
    with sync_playwright() as playwright:
        while len(found) < times and (left := most_seconds - (time.monotonic() - begin)) > 0:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", ALONE]
            )
            try:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.set_default_timeout(1000 * left)
                page.goto(f"{address}{tool.page}")
                page.locator(tool.rows).first.wait_for()
                # `evaluate` knows no limit of time, and a busy page answers when it is done.
                found.append(page.wait_for_function(INTERACTIVE).json_value())
            except Error:
                break
            finally:
                browser.close()
    return found
