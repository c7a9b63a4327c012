"""Several runs from one request: every combination of the values that some settings are given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from app.comparing.comparison_view import MOST_LINES
from app.comparing.grouping import TITLED
from app.language.words import gettext as _
from app.lifecycle.schemas import RunSubmission
from app.store.models import Run
from trainer.catalog import resolve
from trainer.config import FIELDS, ConfigError

# More at once are rather a mistake than a plan; each waits in the queue.
MOST = 100
# How many characters a run's name may have.
NAME = 200
# Their values need no name before them.
TELLING = ("architecture", "dataset")


@dataclass(frozen=True)
class Grid:
    """Settings that all runs share, and for others the values that they take; whatever is in neither is the
    catalogue's default."""

    config: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Sequence[Any]]) -> "Grid":
        """From the values of each setting, where one alone is shared by all."""
        config = {name: found[0] for name, found in values.items() if len(found) == 1}
        return cls(config, {name: values[name] for name in FIELDS if len(values.get(name, ())) > 1})

    @property
    def count(self) -> int:
        return prod(map(len, self.lists.values()))

    def combinations(self) -> Iterator[dict[str, Any]]:
        """What each run has of its own, the settings in the order of the lists and the last one changing fastest."""
        return (dict(zip(self.lists, chosen, strict=True)) for chosen in product(*self.lists.values()))

    def runs(self, most: int = MOST) -> Iterator[dict[str, Any]]:
        """The settings of each run, of the first `most`."""
        return ({**self.config, **own} for own in islice(self.combinations(), most))

    def check(self) -> None:
        """Raises ConfigError naming every setting that cannot be: too many runs, values that do not go together."""
        unknown = {name: f"is no setting; known are {', '.join(FIELDS)}" for name in self.lists if name not in FIELDS}
        empty = {name: "has no values; it must have one or more" for name, found in self.lists.items() if not found}
        twice = {name: "is in config and in grid; it must be in one" for name in self.lists if name in self.config}
        if problems := unknown | empty | twice:
            raise ConfigError(problems)
        if self.count > MOST:
            words = _("%(sizes)s are %(count)s runs; at most %(most)s can be launched at once.")
            sizes = " × ".join(str(len(found)) for found in self.lists.values())
            raise ConfigError({list(self.lists)[-1]: words % {"sizes": sizes, "count": self.count, "most": MOST}})
        found = [(own, _problems({**self.config, **own})) for own in self.combinations()]
        problems = {name: words for own, wrong in reversed(found) for name, words in _placed(own, wrong, found)}
        if problems:
            raise ConfigError(problems)

    def submissions(self, labels: Mapping[str, Any]) -> list[RunSubmission]:
        """A run a combination; `labels` are name, tags, notes and priority of all. Raises ConfigError."""
        self.check()
        named = str(labels.get("name", ""))
        return [
            RunSubmission(**{**self.config, **own, **labels, "name": _name(named, own)}) for own in self.combinations()
        ]

    def group(self) -> str | None:
        """A new group for the runs of one launch; one run alone needs none."""
        if not self.lists:
            return None
        return f"{'seeds' if set(self.lists) == {'seed'} else 'grid'}:{uuid4().hex[:8]}"

    def page(self, launched: Sequence[Run]) -> str:
        """Where to see them: the run, their comparison, or where those are too many lines the list of them."""
        if not self.lists:
            return f"/runs/{launched[0].id}"
        lines = self.count // len(self.lists.get("seed", "1"))
        if lines > MOST_LINES:
            return f"/?{urlencode({'group': launched[0].group})}"
        by = {"by": "seed"} if "seed" in self.lists else {}
        return f"/compare?{urlencode({'runs': ','.join(str(run.id) for run in launched)} | by, safe=',')}"


def label(own: Mapping[str, Any]) -> str:
    """What a run has of its own, in words: "learning_rate=0.1, seed=3"."""
    return ", ".join(f"{name}={_plain(value)}" for name, value in own.items())


def _name(name: str, own: Mapping[str, Any]) -> str:
    # Runs that differ in nothing but the seed are called the same, so that they are one line in a comparison.
    telling = {key: value for key, value in own.items() if key != "seed"}
    if not name and telling.keys() <= set(TITLED):
        # It is called by these anyway.
        return ""
    told = ", ".join(str(value) if key in TELLING else label({key: value}) for key, value in telling.items())
    return ", ".join(filter(None, (name[: max(NAME - len(told) - 2, 0)], told)))[:NAME]


def _problems(values: Mapping[str, Any]) -> dict[str, str]:
    try:
        resolve(values)
    except ConfigError as error:
        return error.problems
    return {}


Found = Sequence[tuple[Mapping[str, Any], Mapping[str, str]]]


def _placed(own: Mapping[str, Any], wrong: Mapping[str, str], found: Found) -> Iterator[tuple[str, str]]:
    """The problems of a run, each with what else the run has where another with the same value has no such problem."""
    for name, words in wrong.items():
        alike = (problems for other, problems in found if other.get(name) == own.get(name))
        others = {key: value for key, value in own.items() if key != name}
        yield name, words if all(name in problems for problems in alike) else f"{words} ({label(others)})"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
