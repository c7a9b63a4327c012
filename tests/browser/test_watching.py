"""A person launches a run and watches it, without a reload."""

import contextlib
import re
from pathlib import Path

import httpx
from playwright.sync_api import Error, Page, Route, expect

LONG = 120_000


def test_a_first_run_is_launched_in_one_click_and_watched_to_its_end(page: Page) -> None:
    page.goto("/runs/new")
    page.locator("strong").get_by_text("Digits", exact=True).click()
    page.get_by_label("Epochs").fill("3")
    page.get_by_label("Name", exact=True).fill("watched")
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    # Lost if the page were loaded anew.
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#header .chip")).to_have_text("finished", timeout=LONG)
    expect(page.get_by_text("3 of 3")).to_be_visible()
    points = "document.querySelector('[data-figure=figure-accuracy]').data?.find((t) => t.name === 'Train')?.x"
    page.wait_for_function(f"() => {points}.length === 3")
    assert page.evaluate(points) == [1, 2, 3]
    expect(page.locator(".confusion .hit")).to_have_count(10)
    page.locator("[data-figure=figure-classes]").scroll_into_view_if_needed()
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
    expect(page.locator("#header .chip")).to_have_text("finished", timeout=LONG)


def test_a_run_is_cancelled_in_mid_epoch(page: Page) -> None:
    page.goto("/runs/new")
    page.locator("strong").get_by_text("ResNet-18", exact=True).click()
    page.locator("strong").get_by_text("Digits", exact=True).click()
    page.get_by_label("Epochs").fill("50")
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("#header .chip")).to_have_text("running", timeout=LONG)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#header .chip")).to_have_text("cancelled", timeout=LONG)


def test_what_a_reader_has_set_stays_when_epochs_arrive(page: Page, server: str) -> None:
    config = {"architecture": "lenet", "dataset": "digits", "epochs": 300}
    run = httpx.post(f"{server}/api/runs", json=config).json()["id"]
    page.goto(f"/runs/{run}")
    plot = "document.querySelector('[data-figure=figure-loss]')"
    validation = f"{plot}.data?.filter((trace) => trace.name === 'Validation')[0]"
    page.wait_for_function(f"() => {plot}?.data && {validation}.x.length > 1", timeout=LONG)
    # A zoom, a curve that is off, smoothing by the keyboard, an early epoch, and words in the log.
    area = page.locator("[data-figure=figure-loss] .nsewdrag").bounding_box()
    assert area
    page.mouse.move(area["x"] + 20, area["y"] + 20)
    page.mouse.down()
    page.mouse.move(area["x"] + 200, area["y"] + 120, steps=4)
    page.mouse.up()
    page.locator("[data-figure=figure-loss] .legendtoggle").nth(1).click()
    page.wait_for_function(f"() => {validation}.visible === 'legendonly'")
    page.get_by_label("Smoothing").press("End")
    page.get_by_text("Which class learns when").click()
    page.get_by_label("Epoch", exact=True).press("Home")
    page.get_by_label("Search the log").fill("BEST SO FAR")
    expect(page.locator("#log-lines")).to_contain_text("match")
    zoomed = page.evaluate(f"[{plot}.layout.xaxis.range, {plot}.layout.yaxis.range]")
    seen = page.evaluate(f"{validation}.x.length")
    page.wait_for_function(f"() => {validation}.x.length > {seen + 2}", timeout=LONG)
    page.wait_for_function(f"() => document.getElementById('learning-epoch').max > {seen + 1}")
    assert page.evaluate(f"[{plot}.layout.xaxis.range, {plot}.layout.yaxis.range]") == zoomed
    assert page.evaluate(f"{validation}.visible") == "legendonly"
    expect(page.get_by_label("Epoch", exact=True)).to_have_value("1")
    expect(page.get_by_label("Search the log")).to_have_value("BEST SO FAR")
    expect(page.locator("#log-lines")).not_to_contain_text("done in")
    assert page.url.endswith("?smoothing=0.99")
    httpx.post(f"{server}/api/runs/{run}/cancel")


def test_a_chart_is_saved_on_white_and_the_keys_are_told(page: Page, finished_run: int, tmp_path: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"/runs/{finished_run}?x=step&log=1&band=1")
    plot = page.locator("[data-figure=figure-accuracy]")
    expect(plot.locator(".xtitle")).to_have_text("Step")
    expect(page.get_by_label("Logarithmic loss")).to_be_checked()
    plot.hover()
    with page.expect_download() as saved:
        plot.get_by_role("button", name="Save as SVG").click()
    assert saved.value.suggested_filename == f"run-{finished_run}-accuracy.svg"
    saved.value.save_as(tmp_path / "chart.svg")
    drawing = (tmp_path / "chart.svg").read_text()
    assert "rgb(255, 255, 255)" in drawing and "rgb(28, 32, 36)" in drawing
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("new run")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("n?")
    expect(page.get_by_label("Search the log")).to_have_value("n?")
    expect(page.get_by_text("No line matches.")).to_be_visible()


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


def test_a_run_that_is_deleted_elsewhere_is_said_to_be_gone(page: Page, server: str) -> None:
    body = {"architecture": "mlp", "dataset": "digits", "epochs": 1, "device": "cuda"}
    run = httpx.post(f"{server}/api/runs", json=body).json()["id"]
    page.goto(f"/runs/{run}")
    # Its page asks for news of the cancelling when the run is gone already.
    httpx.post(f"{server}/api/runs/{run}/cancel").raise_for_status()
    httpx.delete(f"{server}/api/runs/{run}").raise_for_status()
    expect(page.locator("[data-connection]")).to_have_text(f"Run {run} was deleted")


def test_time_left_and_log_follow_every_step_report(page: Page, server: str) -> None:
    config = {"architecture": "resnet20", "dataset": "digits", "epochs": 2, "batch_size": 2}
    run = httpx.post(f"{server}/api/runs", json=config).json()["id"]
    page.goto(f"/runs/{run}")
    page.evaluate("window.sameDocument = true")
    # Within the first epoch.
    expect(page.locator("#log")).to_contain_text("Epoch 1, step 200", timeout=LONG)
    expect(page.locator("#moving")).to_contain_text(re.compile(r"[1-9]\d* %\s+.+ left"))
    expect(page).to_have_title(re.compile(r"^[1-9]\d? % · "))
    httpx.post(f"{server}/api/runs/{run}/cancel")
    assert page.evaluate("window.sameDocument")
