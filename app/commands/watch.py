"""`epochyard watch`: follows a run to its end."""

import time
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.client import ApiError, Client, NotFound
from app.commands.connection import Url, connect
from app.commands.tables import percent
from app.commands.terminal import FAILED, console, give_up
from app.store.status import RunStatus

# A server that restarts is back within this many seconds.
PATIENCE_SECONDS = 30.0
INTERRUPTED = 130


def watch(run_id: Annotated[int, typer.Argument(metavar="ID", help="The run's number.")], url: Url = None) -> None:
    """Follow a run. Ends with 0 when it finishes, with 1 when it fails or is cancelled."""
    with connect(url) as client:
        follow(client, run_id)


def follow(client: Client, run_id: int) -> None:
    """Shows the run's progress until its end; ends the command with 1 when it ends badly. Raises ApiError."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    try:
        with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
            run = _follow(client, run_id, progress)
    except KeyboardInterrupt:
        console.print(f"Run {run_id} goes on; `epochyard watch {run_id}` follows it again.", highlight=False)
        raise typer.Exit(INTERRUPTED) from None
    if run["status"] != RunStatus.FINISHED:
        give_up(f"Run {run_id} {run['status']}{': ' + run['error'] if run['error'] else '.'}", FAILED)
    console.print(
        f"Run {run_id} finished: test accuracy {percent(run['test_accuracy'])}, "
        f"best epoch {run['best_epoch']} with {percent(run['best_accuracy'])} on {run['selection']}"
        f"{': chosen there, and so optimistic.' if run['selection'] == 'test' else '.'}",
        highlight=False,
    )


def _follow(client: Client, run_id: int, progress: Progress) -> dict[str, Any]:
    """The run as it ended."""
    run: dict[str, Any] = client.get(f"/api/runs/{run_id}")
    task = progress.add_task(_title(run), total=1.0, completed=run["progress"])
    deleted = f"Run {run_id} was deleted."
    last, silent_since = None, time.monotonic()
    while True:
        try:
            for event_id, kind, data in client.events(run_id, last):
                last, silent_since = event_id or last, time.monotonic()
                if kind in ("open", "status", "preparing", "started", "evaluating"):
                    run = client.get(f"/api/runs/{run_id}")
                    progress.update(task, description=_title(run), completed=run["progress"])
                    if RunStatus(run["status"]).is_final:
                        return run
                elif kind == "deleted":
                    give_up(deleted, FAILED)
                elif kind == "step":
                    progress.update(task, completed=data["progress"])
                elif kind == "epoch":
                    progress.update(task, completed=data["progress"])
                    progress.console.print(_epoch(data), highlight=False)
        except NotFound:
            give_up(deleted, FAILED)
        except ApiError:
            # A server that restarts; any other trouble shows in the next attempt as well.
            if time.monotonic() - silent_since > PATIENCE_SECONDS:
                raise
            time.sleep(1)


def _title(run: dict[str, Any]) -> str:
    what = run["message"] or run["status"]
    return escape(f"Run {run['id']} {run['name']} ({what})".replace("  ", " "))


def _epoch(data: dict[str, Any]) -> str:
    held_out = "test" if data["validation_accuracy"] is None else "validation"
    mark = ", best so far" if data["best"] else ""
    return (
        f"Epoch {data['epoch']}: train {percent(data['train_accuracy'])}, "
        f"{held_out} {percent(data[f'{held_out}_accuracy'])} in {data['seconds']:.1f} s{mark}"
    )
