"""What a comparison comes to: a line a run, or a group of runs, with its figures and how sure they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session

from app.comparing.compare import Comparison, compare
from app.comparing.comparison_view import MOST_LINES, TooMany, View
from app.comparing.grouping import SEED, Group, grouped, labels
from app.drawing.figures import SERIES
from app.statistics.deltas import Delta, against, best_less_last
from app.statistics.evidence import interval
from app.statistics.optimism import chosen_on_test
from app.statistics.spread import Spread, spread
from app.store.models import Run, RunStatus
from trainer.scope import SIZED_BY, matters


@dataclass(frozen=True)
class Line:
    """A group of runs, or one run; accuracies are fractions. `place` is its colour's."""

    place: int
    label: str
    group: Group
    baseline: Group | None
    seconds: Spread | None

    @property
    def id(self) -> int:
        return self.group.id

    @property
    def runs(self) -> list[Run]:
        return self.group.runs

    @property
    def run(self) -> Run:
        """The only one, or the first."""
        return self.group.runs[0]

    @property
    def permuted(self) -> bool:
        return all(run.permute for run in self.runs)

    @property
    def flattered(self) -> Run | None:
        """One that was chosen on the test split, if there is any."""
        return next(filter(chosen_on_test, self.runs), None)

    @property
    def finished(self) -> int:
        return sum(run.status == RunStatus.FINISHED for run in self.runs)

    @property
    def tested(self) -> list[Run]:
        return [run for run in self.runs if run.test_accuracy is not None]

    @cached_property
    def best(self) -> Spread | None:
        return spread(run.best_accuracy for run in self.runs)

    @cached_property
    def test(self) -> Spread | None:
        """Of the best checkpoint on the test split."""
        return spread(run.test_accuracy for run in self.runs)

    @cached_property
    def last(self) -> Spread | None:
        """Of the last epoch's weights on the test split."""
        return spread(run.last_test_accuracy for run in self.runs)

    @cached_property
    def best_epoch(self) -> Spread | None:
        return spread(run.best_epoch for run in self.runs)

    @cached_property
    def parameters(self) -> Spread | None:
        return spread(run.parameters for run in self.runs)

    @cached_property
    def gap(self) -> Delta | None:
        return best_less_last(self.runs)

    @cached_property
    def delta(self) -> Delta | None:
        """Its test accuracy less the baseline's; None of the baseline itself and where none is chosen."""
        other = self.baseline
        return None if other is None or other is self.group else against(self.runs, other.runs)

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % of the test accuracy: of one run over the images (Wilson), of several over the runs (Student)."""
        if self.test is None or self.test.low is None or self.test.high is None:
            return interval(self.tested[0]) if len(self.tested) == 1 else None
        # Student's interval knows of no ends.
        return max(0.0, self.test.low), min(1.0, self.test.high)


@dataclass(frozen=True)
class Outcome:
    """A comparison as a view wants it."""

    comparison: Comparison
    view: View
    lines: list[Line]

    @property
    def together(self) -> bool:
        """Whether runs are put together."""
        return bool(self.view.by)

    @property
    def many(self) -> bool:
        """Whether there are more lines than colours."""
        return len(self.lines) > len(SERIES)

    @property
    def optimistic(self) -> bool:
        return any(line.flattered for line in self.lines)

    @cached_property
    def usual_cost(self) -> str:
        """Networks of one size all cost the same, but not the same time. Told from what never changes, or the axis
        would change while they train."""
        return "seconds" if self.comparison.differing.keys().isdisjoint(SIZED_BY) else "parameters"

    @property
    def against(self) -> str:
        """What accuracy is drawn against."""
        return self.view.against or self.usual_cost

    def ranked(self) -> list[Line]:
        """The lines in the order that the view asks for; those without such a figure come last."""
        name, falling = self.view.sort.removeprefix("-"), self.view.sort.startswith("-")
        if not name:
            return self.lines

        def place(line: Line) -> tuple[bool, float]:
            figure: Spread | Delta | None = getattr(line, name)
            if name == "delta" and line.group is line.baseline:
                figure = Delta(0)
            value = None if figure is None else figure.value if isinstance(figure, Delta) else figure.mean
            return value is None, 0 if value is None else -value if falling else value

        return sorted(self.lines, key=place)

    def differing(self) -> dict[str, list[Any]]:
        """Of each setting that is not the same in all: what each line has, in a group each value that occurs."""
        found = self.comparison.differing
        if self.together:
            # Within a group the seeds differ by intention.
            found.pop(SEED, None)

        def shared(line: Line, name: str, values: Mapping[int, Any]) -> Any:
            return _shared([values[run.id or 0] for run in line.group.runs if matters(name, run.config)])

        return {name: [shared(line, name, values) for line in self.lines] for name, values in found.items()}

    def line(self, run_id: int) -> Line:
        """The one that this run is in."""
        return next(line for line in self.lines if run_id in line.group.ids)


def _shared(values: Sequence[Any]) -> Any:
    """One that all have, those that occur, or a dash where the setting matters to none."""
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else ", ".join(map(str, distinct)) or "–"


def outcome(session: Session, view: View) -> Outcome:
    """Raises UnknownRun, and ConfigError where there are more lines than can be told apart."""
    comparison = compare(session, view.runs)
    groups = grouped(comparison.runs, view.settings)
    if len(groups) > MOST_LINES:
        words = f"{len(groups)} are too many to tell apart; it must be at most {MOST_LINES} runs or groups of runs"
        raise TooMany(view.runs, "by", f"{words}, put together by seed (all that differ in it alone) or by settings")
    baseline = next((group for group in groups if view.baseline in group.ids), None)
    lines = [
        Line(place, label, group, baseline, spread(comparison.seconds(run) for run in group.runs))
        for place, (label, group) in enumerate(zip(labels([group.named for group in groups]), groups, strict=True))
    ]
    return Outcome(comparison, view, lines)
