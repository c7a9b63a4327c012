"""`epochyard submit` and `epochyard clone`: one option a setting of RunConfig."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Optional

import typer

from app.commands.connection import Url, connect
from app.commands.terminal import console, give_up
from app.commands.watch import follow
from app.launching.ranges import parse
from trainer.config import FIELDS, TYPES

Priority = Annotated[int | None, typer.Option(help="0 to 9; runs of a higher one are trained first. 5 is usual.")]
Values = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SETTING=VALUES",
        help="Several values for a setting: learning_rate=0.1,0.01 or seed=0..4. May be given several times; a run is "
        "launched for every combination.",
    ),
]
Watch = Annotated[bool, typer.Option("--watch", help="Stay and follow the run to its end.")]


def _submit(
    *,
    name: Annotated[str, typer.Option(help="What to call the run.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given several times.")] = None,
    notes: Annotated[str, typer.Option(help="Notes for people.")] = "",
    priority: Priority = None,
    grid: Values = None,
    watch: Watch = False,
    url: Url = None,
    **settings: Any,
) -> None:
    """Put a run into the queue, or several. Settings that are not given come from the catalogue."""
    labels = {**_given({"priority": priority}), "name": name, "tags": tag or [], "notes": notes}
    if not grid:
        _launch(url, "/api/runs", _given(settings) | labels, watch)
    elif watch:
        give_up("--watch follows one run, and --grid launches several; `epochyard watch ID` follows any of them.")
    else:
        _launch_grid(url, {"config": _given(settings), "grid": _lists(grid), **labels})


def _clone(
    run_id: Annotated[int, typer.Argument(metavar="ID", help="The run to copy.")],
    *,
    name: Annotated[str | None, typer.Option(help="What to call the copy.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag instead of the run's; several are possible.")] = None,
    notes: Annotated[str | None, typer.Option(help="Notes instead of the run's.")] = None,
    priority: Priority = None,
    watch: Watch = False,
    url: Url = None,
    **settings: Any,
) -> None:
    """Launch a copy of a run. Settings that are not given are the run's own."""
    labels = {"name": name, "tags": tag or None, "notes": notes, "priority": priority}
    _launch(url, f"/api/runs/{run_id}/clone", _given(settings | labels), watch)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _lists(grid: list[str]) -> dict[str, list[Any]]:
    """Setting -> its values."""
    lists: dict[str, list[Any]] = {}
    for text in grid:
        name, equals, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name not in FIELDS:
            give_up(
                f"--grid {text}: a setting and its values are wanted, such as seed=0..4 or schedule=constant,cosine."
            )
        try:
            lists[name] = parse(name, values)
        except ValueError as error:
            give_up(f"--grid {text}: {error}")
    return lists


def _launch_grid(url: str | None, body: dict[str, Any]) -> None:
    with connect(url) as client:
        launched = client.post("/api/grids", body)
        ids = ",".join(str(run["id"]) for run in launched)
        console.print(f"{len(launched)} runs: {client.url}/compare?runs={ids}", highlight=False, soft_wrap=True)
        if launched[0].get("message"):
            console.print(launched[0]["message"], markup=False)


def _launch(url: str | None, path: str, body: dict[str, Any], watch: bool) -> None:
    with connect(url) as client:
        run = client.post(path, body)
        console.print(f"Run {run['id']}: {client.url}/runs/{run['id']}", highlight=False, soft_wrap=True)
        if run.get("message"):
            console.print(run["message"], markup=False)
        if watch:
            follow(client, run["id"])


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Gives `command` one option a field of RunConfig in the place of its **settings."""
    own = [item for item in inspect.signature(command).parameters.values() if item.kind is not item.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(name))
        for name in FIELDS
    ]
    own.sort(key=lambda item: item.kind)
    first = [item for item in own if item.kind is item.POSITIONAL_OR_KEYWORD]
    parameters = [*first, *options, *own[len(first) :]]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in parameters}
    command.__name__ = command.__name__.removeprefix("_")
    return command


def _annotation(name: str) -> Any:
    option = typer.Option(help=FIELDS[name].metadata["description"], rich_help_panel="Settings")
    return Annotated[Optional[TYPES[name]], option]  # noqa: UP045 (the type is known only now)


submit = _with_settings(_submit)
clone = _with_settings(_clone)
