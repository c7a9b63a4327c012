"""Two confusion matrices, one less the other, as a table whose cells say by how much and are shaded by class names."""

from dataclasses import dataclass, replace

from app.comparing.comparison_view import View
from app.comparing.group_charts import added
from app.comparing.outcome import Line, Outcome
from app.watching.results import class_names

# Percentage points of a class's images from which a cell has the first, second and third shade.
LEVELS = (0.5, 2.0, 5.0)


@dataclass(frozen=True)
class Cell:
    """Percentage points of the class's images; above 0: the first does it more often. `shade` is in matrix.css."""

    points: float
    shade: str

    @property
    def text(self) -> str:
        """With its sign; a true minus, as wide as the plus."""
        words = f"{self.points:+.1f}".replace("-", "−")
        return "0" if words[1:] == "0.0" else words


@dataclass(frozen=True)
class Difference:
    """`one` less `other`, each the sum over its tested runs; `rows` are by true class, as `names`."""

    one: Line
    other: Line
    names: list[str]
    rows: list[list[Cell]]


def comparable(outcome: Outcome) -> list[Line]:
    """Lines with a confusion matrix of the same classes as the first that has one."""
    tested = [row for row in outcome.lines if any(run.confusion for run in row.runs)]
    return [row for row in tested if _names(row) == _names(tested[0])]


def chosen(outcome: Outcome) -> list[Line]:
    """The two that the view names, else the first two; fewer where there are no two."""
    lines = comparable(outcome)
    wanted = [outcome.line(run_id) for run_id in outcome.view.less or ()]
    return wanted if wanted and all(row in lines for row in wanted) else lines[:2]


def tidy(outcome: Outcome) -> View:
    """The view without naming two that are chosen anyway."""
    usual = chosen(outcome) == comparable(outcome)[:2]
    return replace(outcome.view, less=None) if usual else outcome.view


def difference(outcome: Outcome) -> Difference | None:
    """None where there are no two."""
    two = chosen(outcome)
    if len(two) < 2:
        return None
    one, other = two
    pairs = zip(_shares(one), _shares(other), strict=True)
    rows = [[100 * (first - second) for first, second in zip(*pair, strict=True)] for pair in pairs]
    cells = [[Cell(points, _shade(points)) for points in row] for row in rows]
    return Difference(one, other, _names(one), cells)


def _names(row: Line) -> list[str]:
    run = next(run for run in row.runs if run.confusion)
    return class_names(run, len(run.confusion or []))


def _shares(row: Line) -> list[list[float]]:
    """What share of each class's images was taken for which."""
    summed = added([run.confusion for run in row.runs if run.confusion])
    return [[count / (sum(counts) or 1) for count in counts] for counts in summed]


def _shade(points: float) -> str:
    level = sum(abs(points) >= least for least in LEVELS)
    return f"shade-{'more' if points > 0 else 'less'}-{level}" if level else "shade-0"
