"""The measurements as lines of a Markdown table."""

from pathlib import Path
from statistics import median
from subprocess import CalledProcessError

from httpx import HTTPError

from benchmarks.asking import Answers
from benchmarks.beside.environments import NotInstalled
from benchmarks.beside.measuring import Effort, Measured, OtherNumbers, measured
from benchmarks.beside.tool import Tool
from benchmarks.serving import DidNotStart

COLUMNS = (
    *("tool", "ready, s", "idle, MB", "list: p50 / p95 ms, kB", "one history: p50 / p95 ms, kB"),
    *("twenty histories: p50 / p95 ms, kB", "cold first view: median / most ms"),
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def row(tool: Tool, history: Path, runs: int, cache: Path, effort: Effort) -> str:
    """The line of a tool; where it could not be measured it says why."""
    try:
        return _figures(tool, measured(tool, history, runs, cache, effort), effort)
    except NotInstalled as error:
        return _failure(tool, f"not installed: {error}")
    except DidNotStart as error:
        return _failure(tool, f"did not start: {error}")
    except CalledProcessError as error:
        return _failure(tool, f"its writer ended with {error.returncode}")
    except (OtherNumbers, HTTPError) as error:
        return _failure(tool, f"{error}")


def _figures(tool: Tool, found: Measured, effort: Effort) -> str:
    name = " ".join([tool.name, *(each.partition("==")[2] for each in tool.requirements)])
    asked = [_answers(found.answers[kind]) for kind in ("list", "one", "twenty")]
    return _line(name, f"{found.ready:.2f}", f"{found.idle_megabytes:,.0f}", *asked, _views(found, effort))


def _failure(tool: Tool, words: str) -> str:
    words = " ".join(words.split())
    return _line(f"{tool.name}: {words.replace('|', '/')}", *["-"] * (len(COLUMNS) - 1))


def _answers(answers: Answers) -> str:
    return f"{answers.p50:,.1f} / {answers.p95:,.1f}, {answers.size / 1000:,.1f}"


def _views(found: Measured, effort: Effort) -> str:
    if not effort.views:
        return "-"
    if not found.views:
        return f"not in {effort.seconds:.0f} s"
    return f"{median(found.views):,.0f} / {max(found.views):,.0f}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
