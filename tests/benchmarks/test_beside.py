"""The comparison with other tools: what is told of one that answers, one that does not start, one that lies."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks.beside import history
from benchmarks.beside.epochyard import Epochyard
from benchmarks.beside.measuring import Effort
from benchmarks.beside.table import COLUMNS, row
from benchmarks.beside.tool import Place, Tool

RUNS, EPOCHS = 25, 3


class Broken(Epochyard):
    def command(self, _place: Place) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        return [sys.executable, "-c", "raise SystemExit('the disk | is full')"], {}


class Lying(Epochyard):
    def accuracies(self, answers: Sequence[bytes]) -> list[float]:
        return [1 - accuracy for accuracy in super().accuracies(answers)]


def _cells(tool: Tool, folder: Path) -> list[str]:
    file = folder / "history.jsonl"
    history.write(file, RUNS, EPOCHS)
    effort = Effort(starts=1, requests=3, views=0, seconds=10)
    return row(tool, file, RUNS, folder / "cache", effort).strip("| ").split(" | ")


def test_a_tool_that_answers_has_every_figure(tmp_path: Path) -> None:
    name, ready, idle, *asked, view = _cells(Epochyard(RUNS, EPOCHS), tmp_path)
    assert (name, view) == ("Epochyard", "-")
    assert float(ready) > 0 and float(idle) > 0
    for figures in asked:
        times, size = figures.split(", ")
        p50, p95 = map(float, times.split(" / "))
        assert 0 < p50 <= p95 and float(size) > 0


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (Broken, "Epochyard: did not start: it ended with 1: the disk / is full"),
        (Lying, f"Epochyard: answers {20 * EPOCHS} points, which are not the {20 * EPOCHS} that were written"),
    ],
)
def test_a_tool_that_cannot_be_measured_says_why(tool: type[Epochyard], words: str, tmp_path: Path) -> None:
    assert _cells(tool(RUNS, EPOCHS), tmp_path) == [words, *["-"] * (len(COLUMNS) - 1)]
