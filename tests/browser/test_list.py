"""The runs table by hand: many chosen with the keyboard, columns put in order, groups opened; nothing is lost."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

LISTED = "/?tag=listed&sort=id"


@pytest.fixture(scope="module")
def three(server: str) -> Iterator[list[int]]:
    """Runs that wait for good, for a GPU first: two seeds of one experiment and another one."""
    ids = []
    for seed, dropout in ((0, 0.0), (1, 0.0), (0, 0.5)):
        body = {"architecture": "mlp", "dataset": "digits", "epochs": 1, "tags": ["listed"], "device": "cuda"}
        run = httpx.post(f"{server}/api/runs", json=body | {"seed": seed, "dropout": dropout}).json()
        httpx.post(f"{server}/api/runs/{run['id']}/pause")
        ids.append(run["id"])
    yield ids
    httpx.post(f"{server}/api/runs/actions", json={"action": "delete", "ids": ids}).raise_for_status()


def test_a_range_is_chosen_cleared_and_chosen_again_without_a_mouse(page: Page, three: list[int]) -> None:
    page.goto(LISTED)
    compare = page.locator("#compare")
    page.locator(f"#choose-{three[0]}").click()
    page.locator(f"#choose-{three[2]}").click(modifiers=["Shift"])
    expect(compare).to_have_text("Compare selected (3)")
    page.keyboard.press("Escape")
    expect(compare).to_have_text("Compare selected")
    page.locator(f"#choose-{three[0]}").focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(f"#choose-{three[1]}")).to_be_focused()
    expect(compare).to_have_text("Compare selected (2)")
    page.keyboard.press("a")
    expect(compare).to_have_text("Compare selected (3)")
    page.keyboard.press("Escape")
    page.locator("#choose-all").press("Space")
    page.locator("#all-pause").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Pause: all 3 runs that match?")
    expect(page.get_by_role("button", name="Leave them")).to_be_focused()
    dialog.get_by_role("button", name="Do it").press("Enter")
    expect(page.locator("#notice")).to_contain_text("is paused already")
    assert page.url.endswith(LISTED)


def test_a_press_is_not_lost_to_a_refresh_that_comes_before_it_is_let_go(
    page: Page, server: str, three: list[int]
) -> None:
    page.goto(LISTED)
    page.evaluate("document.querySelector('.runs, table').dataset.old = 'yes'")
    box = page.locator(f"#choose-{three[0]}")
    box.focus()
    page.keyboard.down("Space")
    with page.expect_response("**/partials/runs**"):
        httpx.post(f"{server}/api/runs/{three[2]}/resume")
    page.wait_for_timeout(200)  # long enough for a swap
    page.keyboard.up("Space")
    expect(box).to_be_checked()
    expect(page.locator("#compare")).to_have_text("Compare selected (1)")
    # And then the list is refreshed nevertheless.
    expect(page.locator("[data-old]")).to_have_count(0)


def test_a_refresh_while_what_was_pressed_is_being_done_only_asks_for_the_list(
    page: Page, server: str, three: list[int]
) -> None:
    page.goto(LISTED)
    page.locator(f"#choose-{three[0]}").check()
    held: list[Route] = []
    page.route("**/runs/actions?**", lambda route: held.append(route))
    with page.expect_request("**/runs/actions?**"):
        page.locator("#all-resume").press("Enter", no_wait_after=True)
    with page.expect_response("**/partials/runs?**") as refreshed:
        httpx.post(f"{server}/api/runs/{three[1]}/resume")
    assert refreshed.value.status == 200
    (pressed,) = held
    assert pressed.request.method == "POST" and f"runs={three[0]}" in (pressed.request.post_data or "")
    pressed.continue_()
    expect(page.locator("#notice")).to_have_text("1 queued.")


def test_a_run_that_is_deleted_elsewhere_leaves_the_list_at_once(page: Page, server: str) -> None:
    body = {"architecture": "mlp", "dataset": "digits", "epochs": 1, "tags": ["brief"], "device": "cuda"}
    one, other = (httpx.post(f"{server}/api/runs", json=body).json()["id"] for _ in range(2))
    page.goto("/?tag=brief")
    for run in (one, other):
        httpx.delete(f"{server}/api/runs/{run}").raise_for_status()
        expect(page.locator(f"#run-{run}")).to_have_count(0)


@pytest.mark.usefixtures("three")
def test_columns_are_put_in_order_and_a_group_stays_open(page: Page) -> None:
    page.goto(f"{LISTED}&columns=id,name,dropout&group_by=seed")
    page.locator(".columns-choice > summary").press("Enter")
    page.get_by_role("button", name="Dropout earlier").press("Enter")
    page.get_by_role("button", name="Show these").press("Enter")
    page.wait_for_url("**columns=id%2Cdropout%2Cname*")
    group = page.locator("[data-opens-group]").first
    group.press("Enter")
    expect(page.locator(".of-group tbody tr")).to_have_count(2)
    expect(page.locator(".of-group thead th")).to_have_text(["Run ↑", "Dropout", "Name"])
    page.evaluate("document.body.dispatchEvent(new CustomEvent('runs-changed', { bubbles: true }))")
    page.wait_for_timeout(500)
    expect(page.locator(".of-group tbody tr")).to_have_count(2)
    page.locator("[data-opens-group]").first.press("Enter")
    expect(page.locator(".of-group")).to_have_count(0)
