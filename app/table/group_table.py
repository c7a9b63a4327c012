"""The runs table by group: who belongs together, and what their accuracies say together; one narrow query."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Text, cast, func, literal_column
from sqlalchemy import select as select_any
from sqlmodel import Session, col

from app.comparing.comparison_view import MOST_RUNS
from app.comparing.grouping import NOT_THE_EXPERIMENT, SEED, Key, Named, key, labels, parse
from app.launching import ranges
from app.statistics.spread import Spread, spread
from app.store.models import Run
from app.store.settings_in_json import Setting
from app.table import fields
from app.table.listing import NEWEST_FIRST, Filter, matching
from trainer.config import ConfigError


class Member(NamedTuple):
    """As much of a run as its group is made of."""

    id: int
    name: str
    best: float | None
    test: float | None
    key: Key
    # Whether it chose its checkpoint on the test split.
    flattered: bool


@dataclass(frozen=True)
class GroupRow:
    """One group as the table shows it; `differing` are the settings that tell it from the other groups."""

    label: str
    ids: Sequence[int]
    best: Spread | None
    test: Spread | None
    # Whether some of them chose their checkpoint on the test split.
    optimistic: bool
    differing: dict[str, Any]

    @property
    def where(self) -> list[str]:
        """The conditions that its runs alone meet."""
        return [f"{fields.REPEATED.get(name, name)}={ranges.text(value)}" for name, value in self.differing.items()]

    @property
    def id(self) -> int:
        return self.ids[0]

    @property
    def compared(self) -> bool:
        return len(self.ids) <= MOST_RUNS


@dataclass(frozen=True)
class GroupPage:
    """Some of the groups; `total` counts all of them, `runs` all runs in them."""

    rows: Sequence[GroupRow]
    total: int
    runs: int


def settings_of(by: str) -> tuple[str, ...]:
    """What `by` puts runs together by. Raises ValueError."""
    try:
        return parse(by)
    except ConfigError as error:
        raise ValueError(error.problems["by"]) from None


def find_groups(
    session: Session, query: Filter, by: str, *, sort: str = NEWEST_FIRST, limit: int = 50, skip: int = 0
) -> GroupPage:
    """`limit` groups behind the first `skip`. Sorted by an accuracy it is the mean that counts, else the newest run."""
    settings = settings_of(by)
    groups: dict[Key, list[Member]] = defaultdict(list)
    for member in _members(session, query, by, settings):
        groups[member.key].append(member)
    ordered = sorted(groups.values(), key=lambda members: _place(sort, members))
    differing = [name for place, name in enumerate(settings) if len({shared[place] for shared in groups}) > 1]
    shown = ordered[skip : skip + limit]
    called = labels([_named(settings, members) for members in shown])
    rows = [_row(settings, differing, *pair) for pair in zip(shown, called, strict=True)]
    return GroupPage(rows, len(ordered), sum(map(len, ordered)))


def address(row: GroupRow, asked: dict[str, Any]) -> str:
    """The query of a list of this group's runs alone."""
    kept = {name: value for name, value in asked.items() if name not in ("group_by", "skip", "cursor")}
    return urlencode(kept | {"where": [*asked.get("where", []), *row.where]}, doseq=True)


def _members(session: Session, query: Filter, by: str, settings: Sequence[str]) -> Iterable[Member]:
    """The newest first."""
    seed = by.strip() == SEED
    told = (*settings, "validation_fraction")
    keys: list[ColumnElement[Any]] = [_experiment(session)] if seed else [Setting(name) for name in told]
    columns = (col(Run.id), col(Run.name), col(Run.best_accuracy), col(Run.test_accuracy))
    statement = select_any(*columns, *keys).where(*matching(session, query)).order_by(col(Run.id).desc())
    known: dict[Any, tuple[Key, bool]] = {}
    for number, name, best, test, *stored in session.connection().execute(statement).all():
        asked = tuple(stored)
        if asked not in known:
            config = json.loads(asked[0]) if seed else _read(told, asked)
            known[asked] = key(config, settings), config.get("validation_fraction") == 0
        yield Member(number, name, best, test, *known[asked])


def _experiment(session: Session) -> ColumnElement[Any]:
    """The configuration without what two runs of one experiment may differ in, as text.

    Runs of different versions may have different texts and the same key.
    """
    if session.get_bind().dialect.name == "postgresql":
        # In its own words: SQLAlchemy's would load all of that dialect, which most installations never need.
        left_out = "".join(f" - '{name}'" for name in sorted(NOT_THE_EXPERIMENT))
        return cast(literal_column(f"(CAST(run.config AS JSONB){left_out})"), Text)
    return func.json_remove(col(Run.config), *(f"$.{name}" for name in sorted(NOT_THE_EXPERIMENT)))


def _read(settings: Sequence[str], stored: Sequence[Any]) -> dict[str, Any]:
    """As the configuration has it: a setting that it lacks is left out, a truth value is one again."""
    there = ((name, value) for name, value in zip(settings, stored, strict=True) if value is not None)
    return {name: bool(value) if fields.kind(name) is bool else value for name, value in there}


def _named(settings: Sequence[str], members: Sequence[Member]) -> Named:
    return Named(members[0].id, dict(zip(settings, members[0].key, strict=True)), {member.name for member in members})


def _place(sort: str, members: Sequence[Member]) -> tuple[bool, float]:
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    if name not in ("best_accuracy", "test_accuracy"):
        return False, float(members[0].id if not falling else -members[0].id)
    found = spread(member.best if name == "best_accuracy" else member.test for member in members)
    mean = found.mean if found else 0.0
    return found is None, -mean if falling else mean


def _row(settings: Sequence[str], differing: Sequence[str], members: Sequence[Member], label: str) -> GroupRow:
    shared = dict(zip(settings, members[0].key, strict=True))
    return GroupRow(
        label,
        [member.id for member in members],
        spread(member.best for member in members),
        spread(member.test for member in members),
        any(member.flattered for member in members),
        {name: shared[name] for name in differing},
    )
