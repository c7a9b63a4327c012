"""`epochyard runs`: the filters, orders and groups of the page, in a terminal."""

import json
from collections.abc import Callable

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.store.database import Database
from app.store.models import Run
from trainer.catalog import resolve

Listing = Callable[..., Result]


@pytest.fixture
def listing(api: httpx.Client, database: Database) -> Listing:
    """The command, where two seeds of one learning rate are, and one of another that trained on everything."""
    with database.write() as session:
        for name, best, values in (
            ("slow", 0.8, {"learning_rate": 0.001, "seed": 0}),
            ("slow", 0.9, {"learning_rate": 0.001, "seed": 1}),
            ("fast", 0.7, {"learning_rate": 0.1, "validation_fraction": 0.0}),
        ):
            config = resolve({"dataset": "digits"} | values)
            columns = {key: getattr(config, key) for key in ("architecture", "dataset", "permute", "epochs")}
            run = Run(name=name, tags=[f"{name} one"], config=config.as_dict(), best_accuracy=best, **columns)
            run.facts = {"selection": "validation" if config.validation_fraction else "test"}
            session.add(run)

    def invoke(*arguments: str) -> Result:
        command = ["runs", *arguments, "--url", str(api.base_url)]
        return CliRunner().invoke(app, command, env={"COLUMNS": "200"})

    return invoke


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--where", "learning_rate>=0.01"], [3]),
        (["--where", "learning_rate<0.01", "--where", "seed=1"], [2]),
        (["--where", "status=queued", "--sort", "best"], [2, 1, 3]),
        (["--text", "SLO", "--sort", "oldest"], [1, 2]),
        (["--tag", "fast one"], [3]),
        (["--architecture", "lenet", "--dataset", "digits", "--no-permute", "--sort=-learning_rate"], [3, 2, 1]),
        (["--group", "nobody"], []),
    ],
)
def test_runs_are_filtered_and_sorted_as_on_the_page(listing: Listing, arguments: list[str], found: list[int]) -> None:
    result = listing("--json", *arguments)
    assert result.exit_code == 0, result.stderr
    assert [run["id"] for run in json.loads(result.stdout)["runs"]] == found


def test_what_is_left_out_of_the_table_is_counted(listing: Listing) -> None:
    assert "and 2 more" in listing("--limit", "1").stdout
    assert "more" not in listing().stdout


def test_seeds_are_put_together_with_mean_and_spread(listing: Listing) -> None:
    lines = listing("--group-by", "seed", "--sort", "best").stdout.splitlines()
    slow, fast = (next(line.split("│") for line in lines if f"│ {name}" in line) for name in ("slow", "fast"))
    # By Student's t with one degree of freedom: 12.71 * 7.07 / sqrt(2).
    assert [cell.strip() for cell in slow[2:6]] == ["2", "85.00% ± 63.53", "7.07", "2"]
    assert [cell.strip() for cell in fast[2:6]] == ["1", "70.00%†", "–", "1"]
    assert any("† chosen on the test split" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--where", "learnig_rate>1"], ["where.0", "'learnig_rate'", "known are id, status"]),
        (["--where", "epochs>many"], ["where.0", "'many'", "a whole number"]),
        (["--where", "status=done"], ["where.0", "'done'", "queued, running, paused"]),
        (["--sort", "rain"], ["sort", "'rain'", "best_accuracy"]),
        (["--group-by", "rain"], ["by", "'rain'", "'seed'", "architecture"]),
        (["--group-by", "seed", "--sort", "epochs"], ["sort", "'epochs'", "-test_accuracy"]),
    ],
)
def test_what_is_not_accepted_is_named_with_what_is(listing: Listing, arguments: list[str], words: list[str]) -> None:
    result = listing(*arguments)
    assert result.exit_code == 1
    assert all(word in result.stderr for word in words), result.stderr
