"""How long somebody with thousands of runs waits, through HTTP: the list, one history, twenty; and what idling costs.

    python -m benchmarks.listing [--runs 1000 10000] [--epochs 50] [--requests 200]

Makes a database of synthetic finished runs, starts the real `epochyard web` on it and asks as the page does. Besides
the time on the clock it gives the server's processor time a request, which other work disturbs less.
"""

import argparse
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from app.store.database import Database
from benchmarks.asking import Ask, Question, browser, measure
from benchmarks.installation import free_port
from benchmarks.serving import Server, started
from benchmarks.synthetic import fill

TWENTY = ",".join(str(number) for number in range(101, 121))
# What is asked for, in words, and where.
ASKED = {
    "first view of the page": "/",
    "list, filtered and sorted (page)": "/partials/rows?architecture=lenet&sort=-best_accuracy",
    "list, two settings (page)": "/partials/rows?where=learning_rate%3E%3D0.01&where=dropout%3D0.5&sort=-best_accuracy",
    "list, filtered and sorted (API)": "/api/runs?architecture=lenet&sort=-best_accuracy",
    "list, sorted by a setting (API)": "/api/runs?sort=learning_rate",
    "list, free text (API)": "/api/runs?text=sweep%201",
    "groups, everything but the seed": "/?group_by=seed&sort=-best_accuracy",
    "one history (API)": "/api/runs/77/epochs",
    "twenty histories (API)": f"/api/epochs?runs={TWENTY}",
    "twenty runs compared (API)": f"/api/compare?runs={TWENTY}",
}


def web(home: Path) -> AbstractContextManager[Server]:
    """The real `epochyard web` on the database in this folder."""
    port = free_port()
    place = {"EPOCHYARD_HOME": str(home), "EPOCHYARD_PORT": str(port), "EPOCHYARD_DATABASE_URL": ""}
    return started([sys.executable, "-m", "app", "web"], place, f"http://127.0.0.1:{port}", "/workers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--requests", type=int, default=200)
    chosen = parser.parse_args()
    for runs in chosen.runs:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            database = Database(f"sqlite:///{home / 'epochyard.db'}")
            fill(database, runs, chosen.epochs)
            database.close()
            with web(home) as server:
                report(runs, chosen.epochs, server, chosen.requests)


def _always(path: str) -> Question:
    return lambda _number: [Ask(path)]


def report(runs: int, epochs: int, server: Server, requests: int) -> None:
    print(f"\n{runs} runs x {epochs} epochs: ready in {server.ready_seconds:.2f} s, {server.megabytes:.0f} MB idle")
    print("| asked for | p50 ms | p95 ms | server's CPU ms | compressed kB |\n|---|---|---|---|---|")
    with browser(server.address) as client:
        for words, path in ASKED.items():
            found = measure(client, server, _always(path), requests)
            print(f"| {words} | {found.p50:.1f} | {found.p95:.1f} | {found.cpu:.1f} | {found.size / 1000:.1f} |")
    print(f"memory afterwards: {server.megabytes:.0f} MB")


if __name__ == "__main__":
    main()
