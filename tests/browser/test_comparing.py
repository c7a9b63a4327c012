"""Runs are chosen in the list and compared; a recipe launches its runs and opens their comparison."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.launching.recipes import RECIPES
from tests.browser.conftest import run_to_the_end


def test_two_runs_are_chosen_by_keyboard_and_compared(page: Page, server: str, finished_run: int) -> None:
    body = {"architecture": "mlp", "dataset": "digits", "epochs": 1, "permute": True}
    permuted = httpx.post(f"{server}/api/runs", json=body).json()["id"]
    page.goto("/")
    compare = page.locator("#compare")
    expect(compare).to_be_disabled()
    expect(page.locator(f"#run-{permuted} .chip")).to_have_text("finished", timeout=60_000)
    for run_id in (permuted, finished_run):
        page.locator(f"#choose-{run_id}").focus()
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
    page.locator("[data-figure=figure-classes]").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('[data-figure=figure-classes]')?.data?.length === 4")
    dashes = page.evaluate("document.querySelector('[data-figure=figure-accuracy]').data.map((t) => t.line.dash)")
    assert sorted(dashes) == ["dash"] * 4 + ["solid"] * 4
    assert page.evaluate("window.sameDocument")


@pytest.mark.parametrize("path", ["/compare", "/compare?runs=", "/compare?runs=x"])
def test_a_comparison_of_nothing_says_how_to_choose(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_text("Choose runs to compare")).to_be_visible()


def test_seeds_are_put_together_against_a_baseline_and_the_address_is_the_whole_view(page: Page, server: str) -> None:
    bodies = [{"architecture": "mlp", "dataset": "digits", "epochs": 2, "seed": seed} for seed in (0, 1)]
    ids = [httpx.post(f"{server}/api/runs", json=body).json()["id"] for body in [*bodies, bodies[0] | {"hidden": 16}]]
    page.goto(f"/compare?runs={','.join(map(str, ids))}")
    page.evaluate("window.sameDocument = true")
    page.get_by_role("link", name="all that differ in the seed alone").click()
    rows = page.locator("#outcome .outcome tbody tr")
    expect(rows).to_have_count(2)
    # Drawn by the server with each epoch, in the page that is already there.
    expect(page.get_by_text("2 of 2 finished")).to_be_visible(timeout=60_000)
    expect(page.locator("#outcome .chip-finished")).to_be_visible(timeout=60_000)
    page.get_by_label("Baseline").select_option(str(ids[2]))
    expect(rows.first).to_contain_text(re.compile(r"[+−]\d+\.\d\d"))
    page.get_by_label("Accuracy against").select_option("flops")
    page.wait_for_url(f"**/compare?runs={','.join(map(str, ids))}&by=seed&baseline={ids[2]}&against=flops")
    assert page.evaluate("window.sameDocument")
    curves = "document.querySelector('[data-figure=figure-accuracy]')?.data?.map((trace) => trace.x.length)"
    page.locator("[data-figure=figure-accuracy]").scroll_into_view_if_needed()
    page.wait_for_function(f"() => String({curves}) === '4,2,1,2'")
    page.reload()
    page.wait_for_function(f"() => String({curves}) === '4,2,1,2'")
    expect(page.get_by_label("Baseline")).to_have_value(str(ids[2]))
    page.get_by_role("checkbox", name="Hidden units").check()
    page.wait_for_url("**&by=hidden&**")
    expect(rows.first).to_contain_text("Hidden units 8")


def test_a_click_on_a_head_sorts_the_results_and_nothing_else(page: Page, server: str) -> None:
    ids = [run_to_the_end(server, architecture="mlp", dataset="digits", epochs=2, hidden=size) for size in (2, 64)]
    page.goto(f"/compare?runs={','.join(map(str, ids))}")
    page.evaluate("window.sameDocument = true")
    rows = page.locator("#outcome .outcome tbody tr")
    legend = page.locator("[data-line]").all_text_contents()
    head = page.locator("#outcome").get_by_role("columnheader", name="Parameters")
    expect(head).not_to_have_attribute("aria-sort", re.compile("."))
    link = head.get_by_role("link")
    for order, first, sort in (("ascending", 0, "parameters"), ("descending", 1, "-parameters")):
        link.focus()
        page.keyboard.press("Enter")
        expect(head).to_have_attribute("aria-sort", order)
        expect(rows.first.locator("a.plain")).to_have_attribute("href", f"/runs/{ids[first]}")
        page.wait_for_url(f"**&sort={sort}")
        expect(link).to_be_focused()
    # Another choice keeps the order.
    page.get_by_label("Loss axis").select_option("log")
    page.wait_for_url("**&scale=log&sort=-parameters")
    expect(rows.first.locator("a.plain")).to_have_attribute("href", f"/runs/{ids[1]}")
    assert page.locator("[data-line]").all_text_contents() == legend
    page.locator("#outcome").get_by_role("columnheader", name="Run", exact=True).get_by_role("link").click()
    expect(rows.first.locator("a.plain")).to_have_attribute("href", f"/runs/{ids[0]}")
    assert page.evaluate("window.sameDocument")


def test_a_run_is_left_out_of_a_comparison(page: Page, server: str, finished_run: int) -> None:
    others = [run_to_the_end(server, architecture="mlp", dataset="digits", epochs=1, hidden=size) for size in (2, 4)]
    page.goto(f"/compare?runs={others[0]},{finished_run},{others[1]}&baseline={others[0]}")
    page.evaluate("window.sameDocument = true")
    page.locator(f"#without-{others[0]}").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/compare?runs={finished_run},{others[1]}")
    expect(page.locator("#outcome tbody tr")).to_have_count(2)
    expect(page.locator("[data-line]")).to_have_count(2)
    # Not at the top of the page: the next Tab is in the table again.
    expect(page.locator("#outcome")).to_be_focused()
    page.locator(f"#without-{others[1]}").click()
    page.wait_for_url(f"**/compare?runs={finished_run}")
    # The last one stays.
    expect(page.locator("#outcome tbody tr")).to_have_count(1)
    expect(page.locator(".leave")).to_have_count(0)
    assert page.evaluate("window.sameDocument")
