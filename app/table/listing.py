"""The list of runs: filtered and sorted in the database, page after page by a cursor that never skips or repeats."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import ColumnElement, Select, and_, func, inspect, or_, true
from sqlalchemy import select as select_any
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from app.store.cursor import Cursor
from app.store.models import Run, RunStatus
from app.table.conditions import Condition, conditions
from app.table.fields import NAMES, kind, required, value

NEWEST_FIRST: Final = "-id"


def _condition(text: str) -> str:
    return str(Condition.read(text))


Where = Annotated[str, Field(max_length=300), AfterValidator(_condition)]


class Filter(BaseModel):
    """Which runs: all that every one of these allows."""

    model_config = ConfigDict(extra="forbid")

    status: RunStatus | None = None
    architecture: str | None = Field(None, max_length=64)
    dataset: str | None = Field(None, max_length=64)
    permute: bool | None = None
    tag: str | None = Field(None, max_length=40)
    text: str | None = Field(
        None, max_length=200, description="Found in name, notes, tags, architecture or data set; case is ignored."
    )
    group: str | None = Field(None, max_length=200)
    where: list[Where] = Field(
        [],
        max_length=50,
        description="A field, one of = != < <= > >=, and a value; repeat it for more, all of which must hold. "
        f"Without a value: those that have none (=) or any (!=). The fields are {', '.join(NAMES)}.",
        examples=[["learning_rate>=0.01", "best_accuracy>98%"]],
    )

    @field_validator("architecture", "dataset", "tag", "text", "group")
    @classmethod
    def _plain(cls, value: str | None) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("a NUL character is not accepted")
        return value


class RunQuery(Filter):
    """Which runs, in which order, and from where on."""

    sort: str = Field(
        NEWEST_FIRST,
        description=f"A minus in front turns the order round; empty values come last. One of {', '.join(NAMES)}.",
        examples=["-best_accuracy", "learning_rate"],
    )
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=1000, description="`next_cursor` of the page before.")

    @field_validator("sort")
    @classmethod
    def _sortable(cls, value: str) -> str:
        if value.removeprefix("-") not in NAMES:
            raise ValueError(f"{value!r} is no column; known are {', '.join(NAMES)}, each with or without a minus")
        return value


@dataclass(frozen=True)
class Found:
    """One page of runs; `total` counts all that match."""

    runs: Sequence[Run]
    next_cursor: str | None
    total: int


def find(session: Session, query: RunQuery, only: Collection[str] = ()) -> Found:
    """The page that `query` asks for, in two queries. Raises ConfigError when its cursor is none of ours.

    With `only`, the runs have these columns and no others, and the session knows nothing of them: plain rows, which
    are half of the work.
    """
    matches = matching(session, query)
    total = session.exec(select(func.count()).select_from(Run).where(*matches)).one()
    if only:
        stored = inspect(Run).columns
        columns = [stored[name] for name in sorted(only)]
        rows: Sequence[Any] = session.connection().execute(_page(query, matches, *columns)).all()
        runs = rows
    else:
        rows = session.execute(_page(query, matches, Run).options(defer(Run.confusion))).all()  # type: ignore[arg-type]
        runs = [row[0] for row in rows]
    # One more than asked for tells whether there is another page.
    more = len(rows) > query.limit
    last = query.limit - 1
    following = Cursor(query.sort, rows[last].sorted_by, runs[last].id).text() if more else None
    return Found(runs[: query.limit], following, total)


def matching_ids(session: Session, query: Filter) -> Sequence[int]:
    """Of all runs that match, whatever the page; ascending."""
    found = session.exec(select(col(Run.id)).where(*matching(session, query)).order_by(col(Run.id)))
    return [run_id or 0 for run_id in found]


def matching(session: Session, query: Filter) -> list[ColumnElement[bool]]:
    """What must hold for a run to be in the list."""
    equal = ("status", "architecture", "dataset", "permute", "group")
    filters = [col(getattr(Run, name)) == value for name in equal if (value := getattr(query, name)) is not None]
    filters += [condition.clause() for condition in conditions(query.where)]
    if query.tag:
        filters.append(_any_tag(session, lambda tag: tag == query.tag))
    if query.text:
        text = query.text
        columns = (col(Run.name), col(Run.notes), col(Run.architecture), col(Run.dataset))
        found = [column.icontains(text, autoescape=True) for column in columns]
        filters.append(or_(*found, _any_tag(session, lambda tag: tag.icontains(text, autoescape=True))))
    return filters or [true()]


def _page(query: RunQuery, matches: Sequence[ColumnElement[bool]], *what: Any) -> Select[Any]:
    """`what` of the runs of the page, each with the value it is sorted by.

    Which they are is found by their ids alone: whoever sorts ten thousand runs should not carry their documents along.
    """
    key, falling = query.sort.removeprefix("-"), query.sort.startswith("-")
    chosen = select_any(col(Run.id).label("id"), value(key).label("sorted_by")).where(*matches)
    if query.cursor:
        # Booleans are sorted as 0 and 1.
        cursor = Cursor.read(query.cursor, query.sort, int if kind(key) is bool else kind(key))
        chosen = chosen.where(_after(cursor, value(key), falling))
    page = chosen.order_by(*_order(key, value(key), col(Run.id), falling)).limit(query.limit + 1).subquery()
    rows = select_any(*what, page.c.sorted_by).join_from(Run, page, col(Run.id) == page.c.id)
    return rows.order_by(*_order(key, page.c.sorted_by, page.c.id, falling))


def _order(key: str, sorted_by: Any, run_id: Any, falling: bool) -> list[Any]:
    """Runs without a value come last. Where every run has one this is not said: no index is in that order."""
    ordered = [column.desc() if falling else column.asc() for column in (sorted_by, run_id)]
    if not required(key):
        ordered[0] = ordered[0].nulls_last()
    return ordered[1:] if key == "id" else ordered


def _after(cursor: Cursor, value: ColumnElement[Any], falling: bool) -> ColumnElement[bool]:
    """What follows the cursor's row: further values, then equal ones by id, then those without a value."""
    beyond = col(Run.id) < cursor.id if falling else col(Run.id) > cursor.id
    if cursor.value is None:
        return and_(value.is_(None), beyond)
    further = value < cursor.value if falling else value > cursor.value
    return or_(further, and_(value == cursor.value, beyond), value.is_(None))


def _any_tag(session: Session, matches: Any) -> ColumnElement[bool]:
    """Whether one of the run's tags matches; the JSON list is unfolded by the database."""
    postgres = session.get_bind().dialect.name == "postgresql"
    unfold = func.json_array_elements_text if postgres else func.json_each
    tags = unfold(col(Run.tags)).table_valued("value", name="tag")
    return select_any(tags.c.value).where(matches(tags.c.value)).correlate(Run.__table__).exists()  # type: ignore[attr-defined]
