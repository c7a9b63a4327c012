"""A person launches a run and watches it, without a reload."""

import contextlib
import re

import httpx
from playwright.sync_api import Error, Page, Route, expect

LONG = 120_000


def test_a_first_run_is_launched_in_one_click_and_watched_to_its_end(page: Page) -> None:
    page.goto("/runs/new")
    page.get_by_text("Digits", exact=True).click()
    page.get_by_label("Epochs").fill("3")
    page.get_by_label("Name", exact=True).fill("watched")
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    # Lost if the page were loaded anew.
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#header .chip")).to_have_text("finished", timeout=LONG)
    expect(page.get_by_text("3 of 3")).to_be_visible()
    points = "document.querySelector('[data-figure=figure-accuracy]').data.find((t) => t.name === 'Train').x"
    page.wait_for_function(f"() => {points}.length === 3")
    assert page.evaluate(points) == [1, 2, 3]
    expect(page.locator(".confusion .hit")).to_have_count(10)
    page.wait_for_function("() => document.querySelector('[data-figure=figure-classes]')?.data?.[0].x.length === 10")
    expect(page.locator("img.samples")).to_be_visible()
    assert page.evaluate("window.sameDocument")
    expect(page).to_have_title(re.compile("finished · watched"))


def test_an_end_that_comes_while_an_answer_is_on_its_way_is_not_lost(page: Page, server: str) -> None:
    def late(route: Route) -> None:
        answer = route.fetch()
        page.wait_for_timeout(3_000)
        # An answer that nobody waits for any more has nowhere to go.
        with contextlib.suppress(Error):
            route.fulfill(response=answer)

    page.route("**/partials/header", late)
    run = httpx.post(f"{server}/api/runs", json={"architecture": "mlp", "dataset": "digits", "epochs": 3}).json()["id"]
    page.goto(f"/runs/{run}")
    expect(page.locator("#header .chip")).to_have_text("finished", timeout=20_000)


def test_a_run_is_cancelled_in_mid_epoch(page: Page) -> None:
    page.goto("/runs/new")
    page.get_by_text("ResNet-18", exact=True).click()
    page.get_by_text("Digits", exact=True).click()
    page.get_by_label("Epochs").fill("50")
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("#header .chip")).to_have_text("running", timeout=LONG)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#header .chip")).to_have_text("cancelled", timeout=LONG)


def test_a_zoom_and_a_hidden_curve_stay_when_points_arrive(page: Page, server: str) -> None:
    run = httpx.post(f"{server}/api/runs", json={"architecture": "lenet", "dataset": "digits", "epochs": 150}).json()
    page.goto(f"/runs/{run['id']}")
    plot = "document.querySelector('[data-figure=figure-loss]')"
    page.wait_for_function(f"() => {plot}?.data?.[1].x.length > 0", timeout=LONG)
    page.evaluate(
        f"Plotly.relayout({plot}, {{'xaxis.range': [0, 2]}}); Plotly.restyle({plot}, {{visible: 'legendonly'}}, [2])"
    )
    seen = page.evaluate(f"{plot}.data[1].x.length")
    page.wait_for_function(f"() => {plot}.data[1].x.length > {seen + 2}", timeout=LONG)
    assert page.evaluate(f"{plot}.layout.xaxis.range") == [0, 2]
    assert page.evaluate(f"{plot}.data[2].visible") == "legendonly"
    httpx.post(f"{server}/api/runs/{run['id']}/cancel")


def test_a_run_is_deleted_only_after_a_second_word(page: Page, server: str) -> None:
    run = httpx.post(f"{server}/api/runs", json={"architecture": "mlp", "dataset": "digits", "epochs": 1}).json()["id"]
    page.goto(f"/runs/{run}")
    expect(page.locator("#header .chip")).to_have_text("finished", timeout=LONG)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Delete …").click()
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Delete …").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url(f"{server}/")
    assert httpx.get(f"{server}/api/runs/{run}").status_code == 404


def test_time_left_and_log_follow_every_step_report(page: Page, server: str) -> None:
    config = {"architecture": "resnet20", "dataset": "digits", "epochs": 2, "batch_size": 2}
    run = httpx.post(f"{server}/api/runs", json=config).json()["id"]
    page.goto(f"/runs/{run}")
    page.evaluate("window.sameDocument = true")
    # Within the first epoch.
    expect(page.locator("#log")).to_contain_text("Epoch 1, step 200", timeout=LONG)
    expect(page.locator("#moving")).to_contain_text(re.compile(r"[1-9]\d* %\s*· .+ left"))
    expect(page).to_have_title(re.compile(r"^[1-9]\d? % · "))
    httpx.post(f"{server}/api/runs/{run}/cancel")
    assert page.evaluate("window.sameDocument")
