"""Charts are drawn where they are looked at, have one legend, and leave the page whole, drawn or not."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import run_to_the_end

DRAWN = "() => [...document.querySelectorAll('[data-figure]')].every((place) => place._fullLayout)"
# How many epochs each chart shows: what it was drawn from, as the arrays of its traces grow before that.
SHOWN = "(name) => document.querySelector(`[data-figure=figure-${name}]`).calcdata[1].length"
# As on a machine that has much else to do while a page loads.
SLOW_AT_FIRST = """(() => {
  const drawn = new Set();
  let plotly;
  Object.defineProperty(window, "Plotly", { get: () => plotly, set: (value) => {
    plotly = { ...value, react: (place, ...more) => {
      const done = value.react(place, ...more);
      const free = performance.now() + (drawn.has(place) ? 0 : 1000);
      drawn.add(place);
      while (performance.now() < free);
      return done;
    } };
  } });
})()"""
NOTE_BEGINNING = """addEventListener("DOMContentLoaded", () => {
  const drawn = [...document.querySelectorAll("[data-figure]")].filter((place) => place._fullLayout);
  window.first = drawn.map((place) => place.dataset.figure);
})"""
NOTE_DRAWINGS = """(names) => {
  window.drawn = [];
  for (const name of names) {
    const note = () => window.drawn.push(name);
    document.querySelector(`[data-figure=figure-${name}]`).on("plotly_afterplot", note);
  }
}"""
EPOCH = """(epoch) => document.dispatchEvent(new CustomEvent("live", { detail: {
  kind: "epoch", run_id: Number(document.querySelector("[data-line]").dataset.line), epoch,
  train_loss: 1, validation_loss: 1, train_accuracy: 0.5, validation_accuracy: 0.5 } }))"""


@pytest.fixture(scope="module")
def compared(server: str) -> str:
    """The address of a comparison of two finished runs of two epochs."""
    runs = [run_to_the_end(server, architecture="mlp", dataset="digits", epochs=2, seed=seed) for seed in (0, 1)]
    return f"/compare?runs={runs[0]},{runs[1]}"


def test_charts_in_the_window_are_drawn_before_the_other_scripts_begin(page: Page, compared: str) -> None:
    page.add_init_script(NOTE_BEGINNING)
    page.goto(compared)
    page.wait_for_function(DRAWN)
    # Where drawing takes long, the second chart waits for the next frame.
    assert "figure-accuracy" in page.evaluate("window.first")


def test_what_is_out_of_sight_is_drawn_once_and_anew_when_it_is_scrolled_to(page: Page, compared: str) -> None:
    page.set_viewport_size({"width": 390, "height": 500})
    page.goto(compared)
    page.wait_for_function(DRAWN)
    page.evaluate("document.querySelector('[data-figure=figure-accuracy]').scrollIntoView({ block: 'center' })")
    for epoch in (3, 4):
        page.evaluate(EPOCH, epoch)
        page.wait_for_function(f"(epoch) => ({SHOWN})('accuracy') === epoch", arg=epoch)
    assert page.evaluate(SHOWN, "accuracy") == 4
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("new Promise((after) => requestAnimationFrame(() => requestAnimationFrame(after)))")
    page.evaluate(EPOCH, 5)
    # On paper there is no scrolling.
    assert page.evaluate(f"() => {{ dispatchEvent(new Event('beforeprint')); return ({SHOWN})('accuracy'); }}") == 5
    page.evaluate(EPOCH, 6)
    page.locator("[data-figure=figure-accuracy]").scroll_into_view_if_needed()
    page.wait_for_function(f"() => ({SHOWN})('accuracy') === 6")


def test_a_first_drawing_that_took_long_holds_up_no_point(page: Page, compared: str) -> None:
    page.add_init_script(SLOW_AT_FIRST)
    page.goto(compared)
    page.wait_for_function(DRAWN)
    page.evaluate(EPOCH, 3)
    page.wait_for_function(f"() => ({SHOWN})('accuracy') === 3", timeout=10_000)


def test_a_chart_out_of_sight_waits_until_nothing_more_comes(page: Page, compared: str) -> None:
    page.set_viewport_size({"width": 390, "height": 500})
    page.goto(compared)
    page.wait_for_function(DRAWN)
    page.evaluate("document.querySelector('[data-figure=figure-loss]').scrollIntoView({ block: 'end' })")
    page.locator("[data-figure=figure-classes]").scroll_into_view_if_needed()
    # What is in sight is told to the page once a frame.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate(NOTE_DRAWINGS, ["accuracy", "classes"])
    page.evaluate(EPOCH, 3)
    # The legend asks all charts; the one in sight is drawn without the line at once, and the one above it at leisure.
    page.locator("[data-line]").first.click()
    page.wait_for_function("() => window.drawn.includes('accuracy')")
    assert page.evaluate("window.drawn") == ["classes", "accuracy"]
    for name in ("accuracy", "classes"):
        assert page.evaluate(f"document.querySelector('[data-figure=figure-{name}]').data[0].visible") is False


def test_the_language_switch_leads_back_to_the_page_as_the_reader_made_it(page: Page, compared: str) -> None:
    page.goto(compared)
    page.wait_for_function(DRAWN)
    page.locator("[data-line]").first.click()
    page.wait_for_url("**&hide=*")
    chosen = page.url
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh"))
    assert page.url == chosen


def test_one_legend_hides_a_line_everywhere_and_keeps_it_hidden(page: Page, compared: str, tmp_path: Path) -> None:
    page.goto(compared)
    page.wait_for_function(DRAWN)
    lines = page.locator("[data-line]")
    lines.first.focus()
    page.keyboard.press("Enter")
    expect(lines.first).to_have_attribute("aria-pressed", "false")
    names = {"accuracy": 2, "tradeoff": 1}
    for name, traces in names.items():
        page.locator(f"[data-figure=figure-{name}]").scroll_into_view_if_needed()
        off = "data?.filter((trace) => trace.visible === false).length"
        page.wait_for_function(f"() => document.querySelector('[data-figure=figure-{name}]').{off} === {traces}")
    line = lines.first.get_attribute("data-line")
    page.wait_for_url(f"**&hide={line}")
    page.get_by_label("Accuracy against").select_option("flops")
    page.wait_for_url(f"**&against=flops&hide={line}")
    expect(lines.first).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(lines.first).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(f"() => document.querySelector('[data-figure=figure-accuracy]').{off} === 2")
    plot = page.locator("[data-figure=figure-accuracy]")
    plot.hover()
    with page.expect_download() as saved:
        plot.get_by_role("button", name="Save as SVG").click()
    saved.value.save_as(tmp_path / "chart.svg")
    # Alone, a picture says whose its curves are.
    assert (tmp_path / "chart.svg").read_text().count("legendtext") == 1
    lines.first.dblclick()
    expect(lines.first).to_have_attribute("aria-pressed", "true")
    expect(lines.nth(1)).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="All", exact=True).click()
    expect(lines.nth(1)).to_have_attribute("aria-pressed", "true")


def test_the_file_has_every_chart_with_a_legend_of_its_own(
    page: Page, browser: Browser, compared: str, tmp_path: Path
) -> None:
    page.goto(compared)
    # Before any chart below the window is looked at.
    with page.expect_download() as saved:
        page.get_by_role("link", name="this page (HTML)").click()
    saved.value.save_as(tmp_path / "compare.html")
    with browser.new_context() as context:
        alone = context.new_page()
        alone.goto((tmp_path / "compare.html").as_uri())
        alone.wait_for_function(DRAWN)
        expect(alone.locator("[data-figure] .legend")).to_have_count(4)
        expect(alone.locator("[data-legend]")).to_have_count(0)


def test_the_line_that_is_pointed_at_stands_out_in_every_chart(page: Page, compared: str) -> None:
    page.goto(compared)
    page.wait_for_function(DRAWN)
    first, second = compared.split("=")[1].split(",")
    faint = """() => [...document.querySelectorAll("[data-figure=figure-accuracy] .trace.faint")]
      .map((trace) => trace.__data__[0].trace.meta.line).join()"""

    def is_faint(line: str) -> None:
        # Its curve of training as well as that of validation.
        page.wait_for_function(f"(line) => ({faint})() === (line && `${{line}},${{line}}`)", arg=line)

    page.locator(f"tr[data-of='{first}']").hover()
    is_faint(second)
    # It stays so while points arrive.
    page.evaluate(EPOCH, 3)
    page.wait_for_function(f"() => ({SHOWN})('accuracy') === 3")
    is_faint(second)
    page.get_by_role("heading", name="Results").hover()
    is_faint("")
    page.locator(f"[data-line='{second}']").focus()
    is_faint(first)
    # Nothing stands out for a line that no chart shows.
    page.keyboard.press("Enter")
    is_faint("")
