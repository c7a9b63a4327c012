"""`epochyard runs`: what there is, as a table."""

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from app.client import ApiError
from app.commands.connection import Url, connect
from app.commands.terminal import console, give_up
from app.status import RunStatus


def runs(
    status: Annotated[RunStatus | None, typer.Option(help="Only runs in this status.")] = None,
    sort: Annotated[str, typer.Option(help="Column to sort by; a minus before it turns the order round.")] = "-id",
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most this many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
    url: Url = None,
) -> None:
    """List the runs, the newest first."""
    try:
        with connect(url) as client:
            found = client.get("/api/runs", status=status, sort=sort, limit=limit)
    except ApiError as error:
        give_up(str(error))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        console.print(table(found["runs"]))


def table(found: list[dict[str, Any]]) -> Table:
    result = Table("Run", "Name", "Status", "Network", "Data set", "Epoch", "Best", "Test")
    for column in (0, 5, 6, 7):
        result.columns[column].justify = "right"
    for run in found:
        config = run["config"]
        dataset = f"{config['dataset']}, permuted" if config["permute"] else config["dataset"]
        result.add_row(
            str(run["id"]),
            escape(run["name"]),
            run["status"],
            config["architecture"],
            escape(dataset),
            f"{run['epoch']}/{run['epochs']}",
            percent(run["best_accuracy"]) + _mark(run, "best_accuracy"),
            percent(run["test_accuracy"]) + _mark(run, "test_accuracy"),
        )
    if any(_mark(run, "best_accuracy") for run in found):
        result.caption = "† chosen on the test split: optimistic"
    return result


def _mark(run: dict[str, Any], figure: str) -> str:
    """What stands behind an accuracy that is the best of many on the test split."""
    return "†" if run["selection"] == "test" and run[figure] is not None else ""


def percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{fraction:.2%}"
