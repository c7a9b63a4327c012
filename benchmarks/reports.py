"""What it costs a run's page to draw one more step report, with a mark on each as it was, and as it is.

    python -m benchmarks.reports [--reports 2000] [--layers 0] [--times 12]

A real web process with a made-up run that trains, and a real Chromium (EPOCHYARD_TEST_CHROMIUM names another one than
/usr/bin/chromium). With layers the run is observed, and the chart is that of its gradients. The time is Plotly's own,
by the clock; the first drawing is left out.
"""

import argparse
import random
import statistics
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import insert, update

from app.settings import Settings
from app.store.database import Database
from app.store.models import Run, RunStatus, Step, now
from benchmarks import synthetic
from benchmarks.comparing import ALL_DRAWN, ARGUMENTS, CHROMIUM
from benchmarks.installation import free_port, web

EPOCHS = 10
# Plotly's time for each drawing, by chart; with `marked` every line of reports has its marks again.
NOTE = """
window.took = {};
let plotly;
Object.defineProperty(window, "Plotly", { get: () => plotly, set: (loaded) => {
  plotly = loaded;
  const { react } = loaded;
  loaded.react = (place, data, ...rest) => {
    const reports = data.filter(({ meta }) => window.marked && meta?.event === "step" && meta.y !== "learning_rate");
    for (const trace of reports) trace.mode = "lines+markers";
    const began = performance.now();
    const done = react(place, data, ...rest);
    (window.took[place.dataset.figure] ??= []).push(performance.now() - began);
    return done;
  };
} });
"""
REPORT = """([step, layers]) => {
  const norms = Object.fromEntries([...Array(layers).keys()].map((index) => [`layer ${index}`, 1 + index]));
  const figures = { loss: 0.2, accuracy: 0.9, learning_rate: 0.01, layers: norms };
  const detail = { kind: "step", run_id: 1, epoch: 11, step, position: 10 + step / 1000, ...figures };
  document.dispatchEvent(new CustomEvent("live", { detail }));
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("reports", 2000), ("layers", 0), ("times", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings(home=Path(folder), port=free_port())
        database = Database(settings.database)
        fill(database, wanted.reports, wanted.layers)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with web(settings) as (address, _pid):
            for chart in ("gradients",) if wanted.layers else ("loss", "accuracy"):
                ways = [drawn(browser, address, chart, wanted, marked=marked) for marked in (True, False)]
                marks, plain = (statistics.median(times) for times in ways)
                print(f"{chart}: with marks {marks:.0f} ms, without {plain:.0f} ms, ratio {marks / plain:.1f}")
        browser.close()
        database.close()


def fill(database: Database, reports: int, layers: int) -> None:
    """Run 1, in the middle of its training."""
    synthetic.fill(database, 1, EPOCHS)
    draw, each = random.Random(5), reports // EPOCHS
    with database.write() as session:
        config = {**session.get_one(Run, 1).config, "observe": bool(layers)}
        running = {"status": RunStatus.RUNNING, "epochs": 2 * EPOCHS, "lease_until": now() + timedelta(hours=1)}
        facts = synthetic.FACTS | {"steps_per_epoch": each}
        session.connection().execute(update(Run).values(**running, config=config, facts=facts))
        steps = [
            {
                "run_id": 1,
                "epoch": 1 + number // each,
                "step": 1 + number % each,
                "loss": 2 / (1 + number / each) + draw.gauss(0, 0.05),
                "accuracy": 1 - 0.9 / (1 + number / each),
                "learning_rate": 0.1,
                "gradient_norms": {
                    f"layer {index}": (1 + index) * draw.lognormvariate(0, 0.3) for index in range(layers)
                }
                or None,
            }
            for number in range(each * EPOCHS)
        ]
        session.connection().execute(insert(Step), steps)


def drawn(browser: Browser, address: str, chart: str, wanted: argparse.Namespace, *, marked: bool) -> list[float]:
    """Milliseconds of each drawing after the first."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(f"window.marked = {str(marked).lower()};{NOTE}")
    page.goto(f"{address}/runs/1")
    page.wait_for_function(ALL_DRAWN)
    place = f"figure-{chart}"
    page.evaluate(
        "(name) => document.querySelector(`[data-figure=${name}]`).scrollIntoView({ block: 'center' })", place
    )
    page.wait_for_timeout(1000)
    page.evaluate("window.took = {}")
    for step in range(1, wanted.times + 1):
        page.evaluate(REPORT, [step, wanted.layers])
        page.wait_for_timeout(1000)
    times: list[float] = page.evaluate("(name) => window.took[name]", place)
    page.close()
    return times


if __name__ == "__main__":
    main()
