"""Every page, light and dark, wide and narrow: accessible, calm, and without a word in the console."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PAGES = ["/", "/runs/new", "/runs/{run}", "/compare?runs={run}", "/recipes", "/login"]


def ready(page: Page, path: str, run: int) -> None:
    page.goto(path.format(run=run))
    for place in page.locator("[data-figure]").all():
        expect(place.locator("svg.main-svg").first).to_be_attached()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, path: str, scheme: Literal["light", "dark"], finished_run: int) -> None:
    page.emulate_media(color_scheme=scheme)
    ready(page, path, finished_run)
    assert page.page_errors == []  # type: ignore[attr-defined]
    violations = Axe().run(page).response["violations"]
    # Axe itself tries to add a <style> element, which our policy refuses.
    page.page_errors.clear()  # type: ignore[attr-defined]
    serious = [
        (violation["id"], [node["html"] for node in violation["nodes"]][:3])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_screen_needs_no_scrolling_sideways(page: Page, path: str, finished_run: int) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ready(page, path, finished_run)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_nothing_jumps_when_the_charts_are_drawn(page: Page, finished_run: int) -> None:
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => "
        "{ window.shift += entry.value; })).observe({ type: 'layout-shift', buffered: true });"
    )
    ready(page, "/runs/{run}", finished_run)
    assert page.evaluate("window.shift") < 0.02


def test_the_theme_is_switched_by_hand_kept_and_reaches_the_charts(page: Page, finished_run: int) -> None:
    page.emulate_media(color_scheme="light")
    ready(page, "/runs/{run}", finished_run)
    color = "document.querySelector('[data-figure=figure-loss]').data[1].line.color"
    light = page.evaluate(color)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"() => {color} !== '{light}'")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.wait_for_function(f"() => {color} !== '{light}'")


def test_a_finished_run_is_shown_without_a_second_request_for_data(page: Page, finished_run: int) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ready(page, "/runs/{run}", finished_run)
    data = [url for url in asked if "/static/" not in url and "/samples" not in url]
    assert len(data) == 1, data
