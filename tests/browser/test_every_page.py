"""Every page, light and dark, wide and narrow: accessible, calm, and without a word in the console."""

import pytest
from playwright.sync_api import Page

from tests.browser.looking import PAIRS, Reader, check, ready

PAGES = [
    "/",
    "/workers",
    "/runs/new",
    "/runs/{run}",
    "/compare?runs={run}",
    "/recipes",
    "/datasets",
    "/glossary",
    "/login",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("reader", PAIRS[0], ids=str)
def test_a_page_is_accessible_and_calm(page: Page, path: str, reader: Reader, finished_run: int) -> None:
    page.emulate_media(color_scheme=reader.scheme)
    page.set_viewport_size({"width": reader.width, "height": 900})
    page.set_extra_http_headers({"Accept-Language": reader.language})
    ready(page, path.format(run=finished_run))
    check(page, reader)


def test_the_theme_is_switched_by_hand_kept_and_reaches_the_charts(page: Page, finished_run: int) -> None:
    page.emulate_media(color_scheme="light")
    ready(page, f"/runs/{finished_run}")
    color = "document.querySelector('[data-figure=figure-loss]').data?.[1].line.color"
    light = page.evaluate(color)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"() => {color} !== '{light}'")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    # The page comes with it, so that nothing is painted in other colours first.
    assert '<html lang="en" data-theme="dark">' in page.request.get(page.url).text()
    page.wait_for_function(f"() => ![undefined, '{light}'].includes({color})")


def test_a_page_that_one_goes_back_to_has_the_theme_that_was_chosen_since(page: Page, finished_run: int) -> None:
    page.emulate_media(color_scheme="light")
    ready(page, f"/runs/{finished_run}")
    page.get_by_role("link", name="Recipes").click()
    page.get_by_role("button", name="Switch between light and dark").click()
    page.go_back()
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.go_forward()
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")


def test_a_finished_run_is_shown_without_a_second_request_for_data(page: Page, finished_run: int) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ready(page, f"/runs/{finished_run}")
    data = [url for url in asked if "/static/" not in url and "/samples" not in url]
    assert len(data) == 1, data
