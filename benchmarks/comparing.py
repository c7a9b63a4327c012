"""How quickly the comparison is drawn, and how still it leaves the page while many of its runs train.

    python -m benchmarks.comparing [--runs 20] [--epochs 200] [--live 40] [--seconds 20] [--loads 7]

A real web process with a made-up history, and a real Chromium (EPOCHYARD_TEST_CHROMIUM names another one than
/usr/bin/chromium). "Drawn" is from the answer's first byte to the last curve, of accuracy and loss, which the page
opens with, and of all charts: in the tab that shows the list, from which people come, and in a new one, which begins
with a process of its own. The browser has a profile in a folder, as people have: one without (incognito) keeps no
compiled scripts from one page to the next. A task keeps the page's main thread busy from its beginning to its end. Both
are given by the clock and in processor time of that thread, which other work on the machine stretches less. The live
runs end an epoch a second, each, while accuracy and loss are in the window.
"""

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright, sync_playwright
from sqlalchemy import update
from sqlmodel import col

from app.settings import Settings
from app.store.database import Database
from app.store.models import Epoch, Run, RunStatus
from app.store.outbox import tell
from benchmarks import synthetic
from benchmarks.installation import free_port, web

CHROMIUM = os.environ.get("EPOCHYARD_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
# When each chart was drawn last, how long its first drawing took, and the tasks that a person may notice.
NOTE = """
window.drawn = {};
window.took = {};
let plotly;
Object.defineProperty(window, "Plotly", { get: () => plotly, set: (loaded) => {
  plotly = loaded;
  const { react } = loaded;
  loaded.react = (place, ...figure) => {
    const began = performance.now();
    const done = react(place, ...figure);
    window.took[place.dataset.figure] ??= performance.now() - began;
    return done;
  };
} });
window.long = [];
new PerformanceObserver((list) => window.long.push(...list.getEntries().map((task) => task.duration)))
  .observe({ type: "longtask", buffered: true });
const note = () => {
  for (const place of document.querySelectorAll("[data-figure]")) {
    if (place.noted || !place.on) continue;
    place.noted = true;
    const keep = () => { window.drawn[place.dataset.figure] = performance.now(); };
    place.on("plotly_afterplot", keep);
    keep();
  }
  requestAnimationFrame(note);
};
requestAnimationFrame(note);
"""
SINCE_ANSWER = """() => {
  const since = performance.getEntriesByType("navigation")[0].responseStart;
  const { "figure-accuracy": accuracy, "figure-loss": loss } = window.drawn;
  const all = Math.max(...Object.values(window.drawn));
  const took = window.took["figure-accuracy"] + window.took["figure-loss"];
  return [Math.max(accuracy, loss) - since, all - since, took, Math.max(0, ...window.long)];
}"""
ALL_DRAWN = """() => [...document.querySelectorAll("[data-figure]")].every((place) => place._fullLayout)"""
# How the comparison is come to: a page from which the second address is opened.
Way = Callable[[BrowserContext, str], AbstractContextManager[Page]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 20), ("epochs", 200), ("live", 40), ("seconds", 20), ("loads", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def main() -> None:
    wanted = arguments()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), port=free_port())
        database = Database(settings.database)
        synthetic.fill(database, wanted.runs + wanted.live, wanted.epochs)
        finished = range(1, wanted.runs + 1)
        training = range(wanted.runs + 1, wanted.runs + wanted.live + 1)
        _take_up(database, training, 2 * wanted.epochs)
        with web(settings) as (address, _pid), sync_playwright() as playwright:
            url = f"{address}/compare?runs={_listed(finished)}"
            drawn(playwright, "from the list", _from_list, url, wanted)
            drawn(playwright, "in a new tab", _in_new_tab, url, wanted)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            try:
                for by in ("", "seed"):
                    live(browser, f"{address}/compare?runs={_listed(training)}&by={by}", database, training, wanted)
            finally:
                browser.close()
        database.close()


def drawn(playwright: Playwright, words: str, opened: Way, url: str, wanted: argparse.Namespace) -> None:
    """The page as it is opened in this way, the first time and again."""
    with tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=ARGUMENTS, viewport={"width": 1440, "height": 900}
        )
        try:
            print(f"\n{wanted.runs} runs x {wanted.epochs} epochs, {words}, the answer's first byte to the last curve:")
            _report_drawn(_loads(browser, opened, url, wanted.loads))
        finally:
            browser.close()


@contextmanager
def _from_list(context: BrowserContext, url: str) -> Iterator[Page]:
    page = context.pages[0]
    page.goto(url.partition("/compare")[0])
    # Somebody ticks runs.
    page.wait_for_timeout(1500)
    yield page


@contextmanager
def _in_new_tab(context: BrowserContext, _url: str) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


def _loads(context: BrowserContext, opened: Way, url: str, loads: int) -> list[tuple[float, ...]]:
    """Of each load: milliseconds to accuracy and loss, to all charts, in Plotly for the first two, of the longest task,
    and of all processor time."""
    context.add_init_script(NOTE)
    found = []
    for _load in range(loads):
        with opened(context, url) as page:
            session = context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            before = _busy(session)
            # As a link leads there, and not as a new address is typed.
            page.evaluate("(url) => { location.href = url; }", url)
            page.wait_for_url(url)
            # Unasked, since each question takes the page's main thread; and time for the browser to keep what it has
            # compiled.
            page.wait_for_timeout(2500)
            page.wait_for_function(ALL_DRAWN)
            found.append((*page.evaluate(SINCE_ANSWER), _busy(session) - before))
    return found


def _busy(session: CDPSession) -> float:
    """Milliseconds of processor time of the page's main thread so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(item["value"] for item in metrics if item["name"] == "TaskDuration"))


def _report_drawn(found: list[tuple[float, ...]]) -> None:
    curves, charts, drawing, longest, busy = zip(*found, strict=True)
    named = {"accuracy and loss": curves, "all five charts": charts, "of it Plotly, accuracy and loss": drawing}
    print(f"  the first load, then median, half of them, and most of {len(busy) - 1}")
    for name, (first, *later) in named.items():
        low, middle, high = statistics.quantiles(later, n=4, method="inclusive")
        print(f"  {name}: first {first:.0f} ms, then {middle:.0f} ({low:.0f} to {high:.0f}, most {max(later):.0f})")
    print(f"  longest task: {statistics.median(longest[1:]):.0f} ms by the clock (0: none above 50)")
    again = statistics.median(busy[1:])
    print(f"  processor time of the page's main thread, all its work: first {busy[0]:.0f} ms, then {again:.0f}")


def live(browser: Browser, url: str, database: Database, runs: range, wanted: argparse.Namespace) -> None:
    """The page while each of its runs ends an epoch a second."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    page.wait_for_function(ALL_DRAWN)
    page.evaluate("document.querySelector('[data-figure=figure-accuracy]').scrollIntoView()")
    page.wait_for_timeout(2000)
    stop = threading.Event()
    training = threading.Thread(target=_train, args=(database, runs, stop))
    training.start()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        browser.start_tracing(page=page, path=file.name, categories=CATEGORIES)
        page.wait_for_timeout(1000 * wanted.seconds)
        browser.stop_tracing()
        tasks = _tasks(json.loads(Path(file.name).read_text())["traceEvents"])
    stop.set()
    training.join()
    _report(page, url, tasks, wanted)
    page.close()


def _report(page: Page, url: str, tasks: list[tuple[float, float]], wanted: argparse.Namespace) -> None:
    kind = "grouped by seed" if url.endswith("seed") else "each by itself"
    points = page.evaluate("document.querySelector('[data-figure=figure-accuracy]').data.at(-1).x.length")
    print(f"{wanted.live} live runs, {kind}, {wanted.seconds} s ({points - wanted.epochs} epochs each):")
    for name, values in (
        ("by the clock", [wall for wall, _cpu in tasks]),
        ("processor time", [cpu for _w, cpu in tasks]),
    ):
        long = [value for value in values if value > 100]
        print(f"  {name}: longest task {max(values):.0f} ms, above 100 ms: {len(long)}, busy {sum(values):.0f} ms")


def _tasks(events: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Milliseconds by the clock and of processor time of each task of the page's main thread."""
    named = [event for event in events if event.get("name") == "thread_name"]
    main = {(event["pid"], event["tid"]) for event in named if event["args"]["name"] == "CrRendererMain"}
    ours = [event for event in events if (event.get("pid"), event.get("tid")) in main and "tdur" in event]
    return [(event["dur"] / 1000, event["tdur"] / 1000) for event in ours if event["name"] == "RunTask"]


def _take_up(database: Database, runs: range, epochs: int) -> None:
    """Finished runs train on, for twice as long."""
    with database.write() as session:
        on = update(Run).where(col(Run.id).in_(runs))
        values = {"status": RunStatus.RUNNING, "epochs": epochs, "lease_until": None, "test_accuracy": None}
        session.connection().execute(on.values(**values, confusion=None, progress=0.5))


def _train(database: Database, runs: range, stop: threading.Event) -> None:
    figures: dict[str, Any] = {"train_loss": 0.1, "train_accuracy": 0.96, "validation_loss": 0.1}
    figures |= {"validation_accuracy": 0.95, "test_loss": None, "test_accuracy": None, "learning_rate": 0.001}
    figures |= {"seconds": 1.0, "images_per_second": 54_000.0}
    while not stop.is_set():
        began = time.monotonic()
        for run_id in runs:
            with database.write() as session:
                run = session.get_one(Run, run_id)
                run.epoch += 1
                run.progress = run.epoch / run.epochs
                session.add(Epoch(run_id=run_id, epoch=run.epoch, **figures, confusion=[[1]]))
                tell(session, run_id, "epoch", {"epoch": run.epoch, "progress": run.progress, **figures})
            stop.wait((1 - (time.monotonic() - began)) / len(runs))


def _listed(runs: range) -> str:
    return ",".join(map(str, runs))


if __name__ == "__main__":
    main()
