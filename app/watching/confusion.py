"""A confusion matrix as a table whose cells are shaded by class names: style attributes are forbidden on our pages."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A count and the name of its shade in static/css/matrix.css."""

    count: int
    shade: str


@dataclass(frozen=True)
class Row:
    """The images of one class, by what they were taken for."""

    name: str
    cells: list[Cell]


def shaded(names: Sequence[str], confusion: Sequence[Sequence[int]]) -> list[Row]:
    """Hits in five shades by their share of the row, mistakes in three, so that the few big ones stand out."""
    rows = []
    for index, (name, counts) in enumerate(zip(names, confusion, strict=False)):
        total = sum(counts) or 1
        cells = [Cell(count, _shade(count / total, hit=place == index)) for place, count in enumerate(counts)]
        rows.append(Row(name, cells))
    return rows


def _shade(share: float, *, hit: bool) -> str:
    if hit:
        return f"hit shade-{min(5, int(share * 5) + 1)}"
    levels = ((3, 0.1), (2, 0.03), (1, 0.005))
    return next((f"shade-miss-{level}" for level, least in levels if share >= least), "shade-0")
