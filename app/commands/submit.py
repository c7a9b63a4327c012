"""`epochyard submit`: one option a setting of RunConfig."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Optional

import typer

from app.client import ApiError
from app.commands.connection import Url, connect
from app.commands.terminal import console, give_up
from app.commands.watch import follow
from trainer.config import FIELDS, TYPES


def _submit(
    *,
    name: Annotated[str, typer.Option(help="What to call the run.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given several times.")] = None,
    notes: Annotated[str, typer.Option(help="Notes for people.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Stay and follow the run to its end.")] = False,
    url: Url = None,
    **settings: Any,
) -> None:
    """Put a run into the queue. Settings that are not given come from the catalogue."""
    body = {name: value for name, value in settings.items() if value is not None}
    try:
        with connect(url) as client:
            run = client.post("/api/runs", {**body, "name": name, "tags": tag or [], "notes": notes})
            console.print(f"Run {run['id']}: {client.url}/runs/{run['id']}", highlight=False, soft_wrap=True)
            if run.get("message"):
                console.print(run["message"], markup=False)
            if watch:
                follow(client, run["id"])
    except ApiError as error:
        give_up(str(error))


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Gives `command` one option a field of RunConfig in the place of its **settings."""
    own = [item for item in inspect.signature(command).parameters.values() if item.kind is not item.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(name))
        for name in FIELDS
    ]
    command.__signature__ = inspect.Signature([*options, *own])  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in (*options, *own)}
    command.__name__ = command.__name__.removeprefix("_")
    return command


def _annotation(name: str) -> Any:
    option = typer.Option(help=FIELDS[name].metadata["description"], rich_help_panel="Settings")
    return Annotated[Optional[TYPES[name]], option]  # noqa: UP045 (the type is known only now)


submit = _with_settings(_submit)
