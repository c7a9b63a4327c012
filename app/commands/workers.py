"""`epochyard workers`, `queue` and `drain`: who trains, and what waits for them."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.markup import escape
from rich.table import Table

from app.commands.connection import Url, connect
from app.commands.terminal import console


def workers(url: Url = None) -> None:
    """List the workers: device, what they run, when they were last heard of."""
    found = _get(url, "/api/workers")
    if not found:
        console.print("No worker is there; `epochyard up` or `epochyard worker` starts one.")
        return
    table = Table("Worker", "State", "Device", "Memory", "Utilisation", "Run", "Last heard of")
    table.columns[0].overflow = "fold"  # a name is typed to drain its worker
    for worker in found:
        table.add_row(
            escape(worker["name"]),
            _state(worker),
            escape(worker["device"]),
            _memory(worker),
            "–" if worker["utilisation"] is None else f"{worker['utilisation']:.0%}",
            str(worker["run_id"] or "–"),
            _ago(worker["heartbeat_at"]),
        )
    console.print(table)


def queue(limit: Annotated[int, typer.Option(min=1, max=500, help="At most this many.")] = 20, url: Url = None) -> None:
    """List the runs that wait, the next one first, with an estimate of when each starts."""
    found = _get(url, "/api/queue", limit=limit)
    if not found["runs"]:
        console.print("Nothing waits.")
        return
    table = Table("Place", "Run", "Name", "Network", "Data set", "Priority", "Starts in")
    for run in found["runs"]:
        table.add_row(
            str(run["queue_position"] or "–"),
            str(run["id"]),
            escape(run["name"]),
            run["config"]["architecture"],
            escape(run["config"]["dataset"]),
            str(run["priority"]),
            "unknown" if run["starts_in_seconds"] is None else _duration(run["starts_in_seconds"]),
        )
    more = found["total"] - len(found["runs"])
    table.caption = f"and {more} more" if more else None
    console.print(table)


def drain(
    name: Annotated[str, typer.Argument(help="The worker's name, as `epochyard workers` shows it.")],
    off: Annotated[bool, typer.Option("--off", help="Let it take runs again.")] = False,
    url: Url = None,
) -> None:
    """Let a worker finish its run and take no other."""
    with connect(url) as client:
        client.post(f"/api/workers/{quote(name, safe='')}/{'undrain' if off else 'drain'}")
    done = "takes runs again" if off else "finishes its run and takes no other"
    console.print(f"{name} {done}.", markup=False, highlight=False)


def _get(url: str | None, path: str, **parameters: Any) -> Any:
    with connect(url) as client:
        return client.get(path, **parameters)


def _state(worker: dict[str, Any]) -> str:
    if not worker["alive"]:
        return "silent"
    if worker["draining"]:
        return "draining" if worker["run_id"] else "drained"
    return "training" if worker["run_id"] else "idle"


def _memory(worker: dict[str, Any]) -> str:
    used, total = (worker[name] for name in ("memory_used", "memory_total"))
    if total is None:
        return "–"
    return f"{total / 2**30:.1f} GiB" if used is None else f"{used / 2**30:.1f} of {total / 2**30:.1f} GiB"


def _ago(moment: str) -> str:
    return f"{_duration(max(0.0, (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()))} ago"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
