"""Everything that a comparison shows, as its address says it: a link to it is the whole view."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from app.comparing import grouping
from app.comparing.sorting import direction, following
from app.store.models import LARGEST_ID
from trainer.config import ConfigError

# Lines of a table and curves of a chart that a person can still tell apart.
MOST_LINES = 40
# Groups of five seeds each.
MOST_RUNS = 200
# What accuracy is drawn against.
AGAINST = ("parameters", "seconds", "flops")
SCALES = ("linear", "log")
# What the table of results is sorted by, and of these what the most of is the best.
SORTS = ("best", "best_epoch", "test", "delta", "last", "gap", "parameters", "seconds")
FALLING_FIRST = ("best", "test", "delta", "last", "gap")
# The course's own curve among the lines.
COURSE = "course"


class TooMany(ConfigError):
    """More runs, or more lines, than a comparison shows; `runs` are those that were asked for."""

    def __init__(self, runs: Sequence[int], name: str, words: str) -> None:
        super().__init__({name: words})
        self.runs = tuple(runs)


@dataclass(frozen=True)
class View:
    """Which runs, put together `by` which settings, with what else a person chose."""

    runs: tuple[int, ...] = ()
    by: str = ""
    # A run; where runs are put together, the group that it is in.
    baseline: int | None = None
    # One of AGAINST; without it what tells the runs apart (Outcome.usual_cost).
    against: str = ""
    # Of the loss axis.
    scale: str = "linear"
    # Whose confusion matrices are subtracted, as in `baseline`.
    less: tuple[int, int] | None = None
    # Lines that no chart shows: the first run of each, or COURSE.
    hide: tuple[str, ...] = ()
    # One of SORTS, with a minus where the greatest comes first; without it the lines are as they were chosen.
    sort: str = ""

    @property
    def settings(self) -> tuple[str, ...]:
        return grouping.parse(self.by)

    @property
    def named(self) -> tuple[str, ...]:
        """The settings of `by`, where it names them one by one."""
        return () if self.by == grouping.SEED else self.settings

    def order(self, name: str) -> str | None:
        """How the results are sorted by this column, as aria-sort wants it."""
        return direction(self.sort, name)

    def sorted_by(self, name: str) -> str:
        """The view after a click on the head of this column, as `query` gives it."""
        return self.query(sort=following(self.sort, name, falling_first=name in FALLING_FIRST))

    def without(self, ids: Collection[int]) -> str:
        """The view without these runs, and without what was chosen of them, as `query` gives it."""
        return self.query(
            runs=tuple(run for run in self.runs if run not in ids),
            baseline=None if self.baseline in ids else self.baseline,
            less=None if set(self.less or ()) & set(ids) else self.less,
            hide=tuple(line for line in self.hide if line not in map(str, ids)),
        )

    def query(self, **changes: Any) -> str:
        """The view, changed, as the part of an address behind the question mark; what is as usual is left out."""
        view = replace(self, **changes)
        values: dict[str, Any] = {name: getattr(view, name) for name in ("by", "baseline", "against", "scale", "sort")}
        given = {name: value for name, value in values.items() if value != getattr(View, name)}
        if view.less:
            given["less"] = ",".join(map(str, view.less))
        if view.hide:
            given["hide"] = ",".join(view.hide)
        return urlencode({"runs": ",".join(map(str, view.runs)), **given}, safe=",")


def of(runs: Sequence[int], by: str = "", baseline: int | None = None) -> View:
    """The view of a request that names its parts. Raises ConfigError."""
    distinct = tuple(dict.fromkeys(runs))
    named = None if baseline is None else str(baseline)
    grouping.parse(by)
    return View(runs=distinct, by=_by([by]), baseline=_one_of("baseline", named, distinct))


def read(query: QueryParams) -> View:
    """The view that an address asks for. What is not a number among the runs is passed over, for addresses are
    also typed, and so is what there is not to hide. Raises ConfigError for everything else that is not accepted."""
    runs = _numbers(",".join(query.getlist("runs")))
    if len(runs) > MOST_RUNS:
        raise TooMany(runs, "runs", f"{len(runs)} runs are too many to compare; it must be at most {MOST_RUNS}")
    view = View(
        runs=runs,
        by=_by(query.getlist("by")),
        baseline=_one_of("baseline", query.get("baseline"), runs),
        against=_word("against", query.get("against"), ("", *AGAINST)),
        scale=_word("scale", query.get("scale"), SCALES),
        less=_two("less", ",".join(query.getlist("less")), runs),
        sort=_sort(query.get("sort", "")),
        hide=tuple(line for line in query.get("hide", "").split(",") if line in {COURSE, *map(str, runs)}),
    )
    grouping.parse(view.by)
    return view


def _by(asked: Sequence[str]) -> str:
    """One parameter with commas, as our links say it, or one a setting, as ticks in a form are sent: a tick beside
    "everything but the seed" takes its place."""
    names = dict.fromkeys(name.strip() for name in ",".join(asked).split(",") if name.strip())
    return ",".join(name for name in names if name != grouping.SEED or len(names) == 1)


def _numbers(text: str) -> tuple[int, ...]:
    parts = (part.strip() for part in text.split(","))
    found = (int(part) for part in parts if part.isascii() and part.isdecimal())
    return tuple(dict.fromkeys(number for number in found if number <= LARGEST_ID))


def _word(name: str, given: str | None, known: Sequence[str]) -> str:
    if not given:
        return known[0]
    if given not in known:
        raise ConfigError({name: f"{given!r} is not accepted; it must be one of {', '.join(filter(None, known))}"})
    return given


def _sort(given: str) -> str:
    if given and given.removeprefix("-") not in SORTS:
        known = f"it must be one of {', '.join(SORTS)}, each with or without a minus"
        raise ConfigError({"sort": f"{given!r} is not accepted; {known}"})
    return given


def _one_of(name: str, given: str | None, runs: Sequence[int]) -> int | None:
    if not given:
        return None
    found = _numbers(given)
    if len(found) != 1 or found[0] not in runs:
        raise ConfigError({name: f"{given!r} is not accepted; {_compared(runs)}"})
    return found[0]


def _two(name: str, given: str, runs: Sequence[int]) -> tuple[int, int] | None:
    if not given:
        return None
    found = [_one_of(name, part, runs) for part in given.split(",")]
    if len(found) != 2 or found[0] is None or found[1] is None:
        raise ConfigError({name: f"{given!r} is not accepted; it must be two, comma between; {_compared(runs)}"})
    return found[0], found[1]


def _compared(runs: Sequence[int]) -> str:
    return f"it must be one of the runs that are compared: {', '.join(map(str, runs))}"
