"""`epochyard pause`, `resume`, `retry`, `cancel`, `delete`, `priority` and `move`: the same to each of some runs."""

from typing import Annotated, Any

import typer

from app.commands.connection import Url, connect
from app.commands.terminal import FAILED, console, errors

Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="The runs' numbers.")]


def pause(ids: Ids, url: Url = None) -> None:
    """Stop runs to go on later: running ones save a checkpoint at their next step."""
    _act(url, "pause", "pauses", ids)


def resume(ids: Ids, url: Url = None) -> None:
    """Put paused runs back to their place in the queue."""
    _act(url, "resume", "goes on", ids)


def retry(
    ids: Ids,
    start_over: Annotated[bool, typer.Option("--start-over", help="Begin at epoch 1, whatever was saved.")] = False,
    url: Url = None,
) -> None:
    """Queue failed or cancelled runs again, to go on from their last checkpoints."""
    _act(url, "retry", "is queued again", ids, start_over=start_over)


def cancel(ids: Ids, url: Url = None) -> None:
    """Stop runs for good."""
    _act(url, "cancel", "is being cancelled", ids)


def delete(ids: Ids, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, url: Url = None) -> None:
    """Delete runs with their curves, checkpoints, samples and logs."""
    numbers = ", ".join(map(str, ids))
    if yes or typer.confirm(f"Delete {'run' if len(ids) == 1 else 'runs'} {numbers} with all files?"):
        _act(url, "delete", "is deleted", ids)


def priority(
    ids: Ids,
    to: Annotated[int, typer.Option(min=0, max=9, help="Runs of a higher one are trained first; 5 is usual.")],
    url: Url = None,
) -> None:
    """Change the priority of waiting runs."""
    _act(url, "priority", f"has priority {to}", ids, priority=to)


def move(
    run_id: Annotated[int, typer.Argument(metavar="ID", help="The run's number.")],
    up: Annotated[int, typer.Option(min=0, help="So many places towards the front.")] = 0,
    down: Annotated[int, typer.Option(min=0, help="So many places towards the end.")] = 0,
    url: Url = None,
) -> None:
    """Move a queued run in the queue, as far as it goes."""
    with connect(url) as client:
        run = client.post(f"/api/runs/{run_id}/move", {"places": down - up})
    console.print(f"Run {run_id} has place {run['queue_position'] or '–'} in the queue.", highlight=False)


def _act(url: str | None, action: str, done: str, ids: list[int], **values: Any) -> None:
    """One line a run; ends the command with 1 when one of them did not allow it."""
    with connect(url) as client:
        outcomes = client.post("/api/runs/actions", {"action": action, "ids": ids, **values})
    for outcome in outcomes:
        if outcome["done"]:
            console.print(f"Run {outcome['id']} {done}.", highlight=False)
        else:
            errors.print(outcome["reason"], style="red", markup=False, highlight=False, soft_wrap=True)
    if not all(outcome["done"] for outcome in outcomes):
        raise typer.Exit(FAILED)
