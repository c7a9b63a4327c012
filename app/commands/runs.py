"""`epochyard runs`: what there is, run by run or in groups, as a table."""

import json
from typing import Annotated

import typer

from app.commands.connection import Url, connect
from app.commands.tables import groups_table, runs_table
from app.commands.terminal import console
from app.store.status import RunStatus

# Orders that people ask for, in the API's words.
ORDERS = {"best": "-best_accuracy", "test": "-test_accuracy", "newest": "-id", "oldest": "id"}

Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CONDITION",
        help='A field, one of = != < <= > >=, and a value, such as "learning_rate>=0.01" or status=finished (in quotes '
        "where the shell would take the sign for itself). May be given several times; all must hold.",
    ),
]


def runs(
    status: Annotated[RunStatus | None, typer.Option(help="Only runs in this status.")] = None,
    where: Where = None,
    text: Annotated[str | None, typer.Option(help="Found in name, notes, tags, architecture or data set.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only runs with this tag.")] = None,
    architecture: Annotated[str | None, typer.Option(help="Only runs of this network.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only runs on this data set.")] = None,
    permute: Annotated[bool | None, typer.Option(help="Only runs with permuted pixels, or only others.")] = None,
    group: Annotated[str | None, typer.Option(help="Only runs that were launched together as this group.")] = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="seed|SETTING,...",
            help="Put runs together: seed (all that differ in it alone), or settings, comma between them.",
        ),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            help=f"{', '.join(ORDERS)}, or any field; a minus before a field turns its order round. Groups are sorted "
            "by their newest run, or by a mean."
        ),
    ] = "newest",
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most this many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
    url: Url = None,
) -> None:
    """List the runs, the newest first, or groups of them with mean, standard deviation and 95 % interval."""
    labels = {"text": text, "tag": tag, "group": group, "where": where}
    network = {"status": status, "architecture": architecture, "dataset": dataset, "permute": permute}
    asked = labels | network | {"sort": ORDERS.get(sort, sort), "limit": limit}
    with connect(url) as client:
        found = client.get("/api/groups", by=group_by, **asked) if group_by else client.get("/api/runs", **asked)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        console.print(groups_table(found) if group_by else runs_table(found))
