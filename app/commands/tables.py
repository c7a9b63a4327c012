"""What the API answers, as tables for a terminal."""

from typing import Any

from rich.markup import escape
from rich.table import Table

OPTIMISTIC = "† chosen on the test split: optimistic"


def runs_table(found: dict[str, Any]) -> Table:
    """Of `GET /api/runs`."""
    result = _table("Run", "Name", "Status", "Network", "Data set", "Epoch", "Best", "Test", numbers=(0, 5, 6, 7))
    for run in found["runs"]:
        config = run["config"]
        dataset = f"{config['dataset']}, permuted" if config["permute"] else config["dataset"]
        optimistic = run["selection"] == "test"
        result.add_row(
            str(run["id"]),
            escape(run["name"]),
            run["status"],
            config["architecture"],
            escape(dataset),
            f"{run['epoch']}/{run['epochs']}",
            percent(run["best_accuracy"], optimistic),
            percent(run["test_accuracy"], optimistic),
        )
    flattered = any(run["selection"] == "test" and run["best_accuracy"] is not None for run in found["runs"])
    result.caption = _caption(flattered, found["total"] - len(found["runs"]))
    return result


def groups_table(found: dict[str, Any]) -> Table:
    """Of `GET /api/groups`: means, each with half its 95 % interval, standard deviation and number of runs."""
    figures = [name for split in ("Best", "Test") for name in (f"{split} ± 95 %", "sd", "n")]
    result = _table("Group", "Runs", *figures, numbers=range(1, 8))
    for group in found["groups"]:
        spreads = (_spread(group[split], group["optimistic"]) for split in ("best", "test"))
        result.add_row(escape(group["label"]), str(len(group["runs"])), *(cell for cells in spreads for cell in cells))
    flattered = any(group["optimistic"] for group in found["groups"])
    result.caption = _caption(flattered, found["total"] - len(found["groups"]))
    return result


def percent(fraction: float | None, optimistic: bool = False) -> str:
    """`optimistic` marks an accuracy that is the best of many on the test split."""
    return "–" if fraction is None else f"{fraction:.2%}{'†' if optimistic else ''}"


def _spread(spread: dict[str, Any] | None, optimistic: bool) -> tuple[str, str, str]:
    if spread is None:
        return "–", "–", "0"
    mean, n = percent(spread["mean"], optimistic), str(spread["n"])
    if spread["sd"] is None:
        return mean, "–", n
    return f"{mean} ± {100 * (spread['high'] - spread['mean']):.2f}", f"{100 * spread['sd']:.2f}", n


def _table(*titles: str, numbers: "tuple[int, ...] | range") -> Table:
    result = Table(*titles)
    for column in numbers:
        result.columns[column].justify = "right"
    return result


def _caption(flattered: bool, more: int) -> str | None:
    return "\n".join([OPTIMISTIC] * flattered + [f"and {more} more"] * (more > 0)) or None
