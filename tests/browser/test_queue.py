"""The queue is ordered and many runs are changed at once, by keyboard; the pages follow what others do."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.opening import PATIENCE_S

LONG = 60_000


def submit(server: str, **config: object) -> int:
    answer = httpx.post(f"{server}/api/runs", json={"architecture": "mlp", "dataset": "digits", "epochs": 1} | config)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def act(server: str, action: str, *ids: int) -> None:
    httpx.post(f"{server}/api/runs/actions", json={"action": action, "ids": ids}).raise_for_status()


@pytest.fixture
def waiting(server: str) -> Iterator[list[int]]:
    """Four runs that wait: nobody here has the GPU that they ask for."""
    ids = [submit(server, device="cuda", name=f"waits {number}") for number in range(4)]
    yield ids
    act(server, "cancel", *ids)
    act(server, "delete", *ids)


def order(page: Page) -> list[str]:
    return [row.get_attribute("id") or "" for row in page.locator(".queue tbody tr").all()]


def rows(*ids: int) -> list[str]:
    return [f"run-{run_id}" for run_id in ids]


def until(page: Page, done: Callable[[], object]) -> None:
    """While the page goes on: Playwright hands over what it has to tell in its own waiting only."""
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def quiet_queue(page: Page, server: str, waiting: list[int]) -> None:
    """The queue, which asks for itself only when an event tells, once all is told of the four that wait."""
    until(page, lambda: all(httpx.get(f"{server}/api/runs/{run_id}").json()["message"] for run_id in waiting))

    def without_clock(route: Route) -> None:
        answer = route.fetch()
        assert ", every 5s" in answer.text()
        route.fulfill(response=answer, body=answer.text().replace(", every 5s", ""))

    page.route(f"{server}/workers", without_clock)
    page.goto("/workers")


def hold_refresh(page: Page) -> Route:
    """The next request for the queue, unanswered."""
    held: list[Route] = []
    page.route("**/partials/workers", lambda route: held.append(route), times=1)
    page.evaluate("document.body.dispatchEvent(new CustomEvent('runs-changed', { bubbles: true }))")
    until(page, lambda: held)
    return held[0]


def test_the_queue_is_ordered_by_keyboard_and_the_focus_stays(page: Page, waiting: list[int]) -> None:
    one, two, three, four = waiting
    page.goto("/workers")
    page.evaluate("window.sameDocument = true")
    assert order(page) == rows(one, two, three, four)
    up = page.get_by_role("button", name=f"Move run {four} up")
    up.focus()
    for place, expected in ((3, rows(one, two, four, three)), (2, rows(one, four, two, three))):
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text=f"place {place}")).to_be_visible()
        assert order(page) == expected
        expect(up).to_be_focused()
    more = page.get_by_role("button", name=f"Raise the priority of run {three}")
    more.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("status").filter(has_text=f"Run {three} has priority 6 and place 1.")).to_be_visible()
    assert order(page) == rows(three, one, four, two)
    expect(more).to_be_focused()
    assert page.evaluate("window.sameDocument")


def test_what_is_pressed_wins_over_a_refresh_that_is_on_its_way(page: Page, server: str, waiting: list[int]) -> None:
    quiet_queue(page, server, waiting)
    hold_refresh(page)
    # And over the one that would follow it.
    page.evaluate("document.body.dispatchEvent(new CustomEvent('runs-changed', { bubbles: true }))")
    page.get_by_role("button", name=f"Move run {waiting[0]} down").click()
    expect(page.get_by_role("status").filter(has_text="place 2")).to_be_visible()
    assert order(page) == rows(waiting[1], waiting[0], waiting[2], waiting[3])


def test_what_changes_while_a_refresh_is_on_its_way_is_shown_after_it(
    page: Page, server: str, waiting: list[int]
) -> None:
    quiet_queue(page, server, waiting)
    refresh = hold_refresh(page)
    answer = refresh.fetch()
    page.evaluate(
        """(id) => document.addEventListener("live", ({ detail }) => {
             if (detail.run_id === id) document.body.addEventListener("runs-changed", () => { window.told = true; });
           })""",
        waiting[3],
    )
    act(server, "pause", waiting[3])
    page.wait_for_function("() => window.told")
    refresh.fulfill(response=answer)
    expect(page.locator(".queue tbody tr")).to_have_count(3, timeout=3_000)


def test_the_queue_is_ordered_without_a_script(browser: Browser, server: str, waiting: list[int]) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/workers")
    page.get_by_role("button", name=f"Move run {waiting[0]} down").click()
    expect(page.get_by_role("status")).to_have_text(f"Run {waiting[0]} has priority 5 and place 2.")
    context.close()


def test_the_page_follows_what_happens_elsewhere(page: Page, server: str, waiting: list[int]) -> None:
    page.goto("/workers")
    expect(page.locator(".queue tbody tr")).to_have_count(4)
    act(server, "pause", waiting[0])
    expect(page.locator(".queue tbody tr")).to_have_count(3)
    httpx.post(f"{server}/api/runs/{waiting[3]}/move", json={"places": -9})
    expect(page.locator(".queue tbody tr").first).to_have_id(f"run-{waiting[3]}")


def test_the_workers_are_there_and_one_is_drained(page: Page) -> None:
    page.goto("/workers")
    row = page.get_by_role("table", name="Workers").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("idle")
    page.get_by_role("button", name="Drain").click()
    expect(row).to_contain_text("drained")
    page.get_by_role("button", name="Take runs again").click()
    expect(row).to_contain_text("idle")


def test_many_runs_are_paused_and_deleted_by_keyboard(page: Page, server: str, waiting: list[int]) -> None:
    page.goto("/?text=waits")
    pause = page.get_by_role("button", name="Pause", exact=True)
    expect(pause).to_be_disabled()
    for run_id in waiting[:3]:
        page.locator(f"#choose-{run_id}").focus()
        page.keyboard.press("Space")
    # What is chosen stays chosen when the list is refreshed.
    act(server, "pause", waiting[0])
    expect(page.locator(f"#run-{waiting[0]} .chip")).to_have_text("paused")
    pause.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator("#notice")).to_have_text(f"2 paused, 1 not: Run {waiting[0]} is paused already.")
    assert page.url.endswith("/?text=waits")
    page.locator(f"#choose-{waiting[0]}").check()
    page.get_by_role("button", name="Delete …").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep them")).to_be_focused()
    expect(page.get_by_role("dialog")).to_contain_text("Delete the chosen runs (1)?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("1 deleted.")
    assert httpx.get(f"{server}/api/runs/{waiting[0]}").status_code == 404


def test_a_run_is_paused_in_mid_epoch_and_goes_on(page: Page, server: str) -> None:
    run_id = submit(server, architecture="resnet20", epochs=50)
    page.goto(f"/runs/{run_id}")
    page.evaluate("window.sameDocument = true")
    chip = page.locator("#header .chip")
    page.wait_for_function("() => Number(document.querySelector('[data-progress]')?.value) > 0", timeout=LONG)
    page.get_by_role("button", name="Pause").click()
    expect(chip).to_have_text("paused", timeout=LONG)
    page.get_by_role("button", name="Resume").click()
    expect(chip).to_have_text("running", timeout=LONG)
    page.get_by_role("button", name="Cancel").click()
    expect(chip).to_have_text("cancelled", timeout=LONG)
    page.get_by_role("button", name="Start over …").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over", exact=True).click()
    expect(chip).to_have_text("running", timeout=LONG)
    act(server, "cancel", run_id)
    expect(chip).to_have_text("cancelled", timeout=LONG)
    expect(page.locator(".history")).to_contain_text("retried from the beginning")
