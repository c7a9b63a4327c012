"""The calls to copy say what differs, and launch the very run."""

import ast
import json
import shlex
from typing import Any

from app.launching.calls import calls
from app.launching.grids import Grid

ADDRESS = "http://127.0.0.1:8000/"


def bodies(grid: Grid, token: bool = False, **labels: Any) -> tuple[list[str], dict[str, Any], dict[str, Any]]:
    """The words of the curl call, and the bodies that both send."""
    found = calls(ADDRESS, grid, labels, token=token)
    words = shlex.split(found.curl)
    call = next(node for node in ast.walk(ast.parse(found.python)) if isinstance(node, ast.Call))
    sent = next(word.value for word in ast.walk(call) if isinstance(word, ast.keyword) and word.arg == "json")
    return words, json.loads(words[words.index("-d") + 1]), ast.literal_eval(sent)


def test_only_what_differs_from_the_defaults_is_said_in_both() -> None:
    grid = Grid({"architecture": "lenet", "dataset": "mnist", "epochs": 10, "permute": True})
    words, by_curl, in_python = bodies(grid, name="it's", tags=["a"], notes="")
    assert words[1] == "http://127.0.0.1:8000/api/runs"
    assert by_curl == {"architecture": "lenet", "dataset": "mnist", "permute": True, "name": "it's", "tags": ["a"]}
    assert in_python == by_curl


def test_several_runs_are_a_grid() -> None:
    grid = Grid({"dataset": "digits", "permutation": "rows"}, {"permute": [True], "seed": [0, 1]})
    words, by_curl, in_python = bodies(grid)
    assert words[1].endswith("/api/grids")
    config = {"architecture": "lenet", "dataset": "digits", "permutation": "rows"}
    assert by_curl == in_python == {"config": config, "grid": {"permute": [True], "seed": [0, 1]}}


def test_where_the_network_varies_whatever_was_given_is_said() -> None:
    _, body, _ = bodies(Grid({"epochs": 10}, {"architecture": ["mlp", "cnn"]}))
    assert body["config"] == {"dataset": "mnist", "epochs": 10}


def test_a_token_is_read_from_the_environment_and_never_shown() -> None:
    words, _, _ = bodies(Grid(), token=True)
    assert "Authorization: Bearer $EPOCHYARD_TOKEN" in words
    assert "os.environ['EPOCHYARD_TOKEN']" in calls(ADDRESS, Grid(), {}, token=True).python
