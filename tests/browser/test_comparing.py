"""Runs are chosen in the list and compared; a recipe launches its runs and opens their comparison."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.recipes import RECIPES


@pytest.mark.usefixtures("finished_run")
def test_two_runs_are_chosen_by_keyboard_and_compared(page: Page, server: str) -> None:
    httpx.post(f"{server}/api/runs", json={"architecture": "mlp", "dataset": "digits", "epochs": 1, "permute": True})
    page.goto("/")
    compare = page.locator("[data-compare]")
    expect(compare).to_be_disabled()
    for box in page.locator("input[name=runs]").all()[:2]:
        box.focus()
        page.keyboard.press("Space")
    expect(compare).to_have_text("Compare selected (2)")
    compare.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/compare\?runs=\d+,\d+"))
    expect(page.get_by_role("rowheader", name="Permute pixels")).to_be_visible()
    page.wait_for_function("() => document.querySelector('[data-figure=figure-accuracy]')?.data?.length === 4")


@pytest.mark.usefixtures("mnist")
def test_the_permutation_recipe_ends_in_a_comparison_that_shows_its_lesson(page: Page) -> None:
    page.goto("/recipes")
    page.locator('form[action="/recipes/permutation"] button').click()
    page.wait_for_url(re.compile(r"/compare\?runs=\d+,\d+,\d+,\d+"))
    expect(page.get_by_text(RECIPES["permutation"].lesson)).to_be_visible()
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#outcome .chip-finished")).to_have_count(4, timeout=120_000)
    page.wait_for_function("() => document.querySelector('[data-figure=figure-classes]')?.data?.length === 4")
    dashes = page.evaluate("document.querySelector('[data-figure=figure-accuracy]').data.map((t) => t.line.dash)")
    assert sorted(dashes) == ["dash"] * 4 + ["solid"] * 4
    assert page.evaluate("window.sameDocument")


@pytest.mark.parametrize("path", ["/compare", "/compare?runs=", "/compare?runs=x"])
def test_a_comparison_of_nothing_says_how_to_choose(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_text("Choose runs to compare")).to_be_visible()
