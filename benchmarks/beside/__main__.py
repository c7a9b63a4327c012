"""Epochyard beside MLflow, Trackio and TensorBoard: the same history, the same machine, one run.

    python -m benchmarks.beside [--runs 1000,10000] [--tools Epochyard,Trackio] [--cache FOLDER]

Each of the others is installed in an environment of its own under the cache folder (once; without the option, in a
temporary one). Asked is what each tool's own page asks. Prints a Markdown table for each number of runs; a tool that
cannot be installed or started has a line that says so.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.beside import history
from benchmarks.beside.epochyard import Epochyard
from benchmarks.beside.measuring import Effort
from benchmarks.beside.mlflow import Mlflow
from benchmarks.beside.table import HEAD, row
from benchmarks.beside.tensorboard import TensorBoard
from benchmarks.beside.tool import Tool
from benchmarks.beside.trackio import Trackio

NAMES = "Epochyard,Trackio,TensorBoard,MLflow"


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=_numbers, default=[1000, 10_000], metavar="N,N")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--tools", type=lambda text: text.split(","), default=NAMES.split(","), metavar=NAMES)
    parser.add_argument("--cache", type=Path, help="folder of the other tools' environments, kept for the next time")
    parser.add_argument("--starts", type=int, default=3, help="of each page; the median is told")
    parser.add_argument("--requests", type=int, default=200, help="of each kind")
    parser.add_argument("--views", type=int, default=5, help="of the list in a new Chromium; 0 for none")
    parser.add_argument("--seconds", type=float, default=60, help="most that requests of one kind, or views, may take")
    chosen = parser.parse_args()
    if unknown := set(chosen.tools) - set(NAMES.split(",")):
        parser.error(f"argument --tools: {', '.join(sorted(unknown))}: known are {NAMES}")
    return chosen


def main() -> None:
    chosen = arguments()
    effort = Effort(chosen.starts, chosen.requests, chosen.views, chosen.seconds)
    with TemporaryDirectory() as temporary:
        cache = (chosen.cache or Path(temporary) / "cache").absolute()
        for runs in chosen.runs:
            file = Path(temporary) / "history.jsonl"
            history.write(file, runs, chosen.epochs)
            print(f"\n{runs:,} runs x {chosen.epochs} epochs\n\n{HEAD}", flush=True)
            for tool in tools(chosen.tools, runs, chosen.epochs):
                print(f"measuring {tool.name} ...", file=sys.stderr)
                print(row(tool, file, runs, cache, effort), flush=True)


def tools(names: Sequence[str], runs: int, epochs: int) -> list[Tool]:
    known: list[Tool] = [Epochyard(runs, epochs), Trackio(), TensorBoard(), Mlflow()]
    return [tool for tool in known if tool.name in names]


if __name__ == "__main__":
    main()
