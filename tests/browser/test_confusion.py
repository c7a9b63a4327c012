"""The numbers of the confusion matrix open the images behind them."""

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture(params=[1440, 390])
def run_page(page: Page, finished_run: int, request: pytest.FixtureRequest) -> Page:
    page.set_viewport_size({"width": request.param, "height": 900})
    page.goto(f"/runs/{finished_run}")
    return page


def test_the_images_of_a_cell_are_opened_and_closed_by_keyboard(run_page: Page) -> None:
    page, opened, mistakes = run_page, run_page.locator("#cell"), run_page.locator("#mistakes-title")
    expect(mistakes).to_be_visible()
    expect(page.locator("[data-cells] td button:not([tabindex='-1'])")).to_have_count(1)
    hits = page.locator("[data-cells] td.hit button")
    hits.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(hits.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(opened.get_by_role("heading", name="0, recognised")).to_be_in_viewport()
    expect(page.get_by_role("status").filter(has_text="0, recognised")).to_have_count(1)
    expect(hits.first).to_have_attribute("aria-pressed", "true")
    expect(mistakes).to_be_hidden()
    widths = opened.get_by_role("img").evaluate_all("images => images.map((image) => image.naturalWidth)")
    assert len(widths) == 12 and set(widths) == {28}
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    page.keyboard.press("Escape")
    expect(opened).to_be_empty()
    expect(hits.first).to_be_focused()
    expect(mistakes).to_be_visible()


def test_another_cell_takes_the_place_of_the_first_and_a_second_press_closes_it(page: Page, finished_run: int) -> None:
    page.goto(f"/runs/{finished_run}")
    hits, opened = page.locator("[data-cells] td.hit button"), page.locator("#cell")
    hits.nth(3).click()
    expect(opened).to_contain_text("3, recognised")
    hits.nth(4).click()
    expect(opened).to_contain_text("4, recognised")
    expect(page.locator("[aria-pressed=true][name=cell]")).to_have_count(1)
    hits.nth(4).click()
    expect(opened).to_be_empty()
    hits.nth(4).click()
    opened.get_by_role("button", name="Close").click()
    expect(opened).to_be_empty()
