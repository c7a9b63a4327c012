"""The list of runs: filtered and sorted in the database, page after page by a cursor that never skips or repeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, or_, true
from sqlalchemy import select as select_any
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from app.cursor import Cursor
from app.models import Run, RunStatus
from trainer.config import FIELDS, TYPES

# Whole documents and inner workings; everything else in the table can be sorted by.
UNSORTED = {"tags", "notes", "config", "facts", "confusion", "lease_until"}
COLUMNS = tuple(name for name in Run.model_fields if name not in UNSORTED)
SORTS = (*COLUMNS, *(name for name in FIELDS if name not in COLUMNS))
NEWEST_FIRST = "-id"


class RunQuery(BaseModel):
    """Which runs, in which order, and from where on."""

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
    sort: str = Field(
        NEWEST_FIRST,
        description=f"A minus in front turns the order round; empty values come last. One of {', '.join(SORTS)}.",
        examples=["-best_accuracy", "learning_rate"],
    )
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=1000, description="`next_cursor` of the page before.")

    @field_validator("sort")
    @classmethod
    def _sortable(cls, value: str) -> str:
        if value.removeprefix("-") not in SORTS:
            raise ValueError(f"{value!r} is no column; known are {', '.join(SORTS)}, each with or without a minus")
        return value

    @field_validator("architecture", "dataset", "tag", "text", "group")
    @classmethod
    def _plain(cls, value: str | None) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("a NUL character is not accepted")
        return value


@dataclass(frozen=True)
class Found:
    """One page of runs; `total` counts all that match."""

    runs: Sequence[Run]
    next_cursor: str | None
    total: int


def find(session: Session, query: RunQuery) -> Found:
    """The page that `query` asks for, in two queries. Raises ConfigError when its cursor is none of ours."""
    key, falling = query.sort.removeprefix("-"), query.sort.startswith("-")
    value = _sorted_by(key)
    filters = _filters(session, query)
    total = session.exec(select(func.count()).select_from(Run).where(*filters)).one()
    statement = select_any(Run, value).where(*filters).options(defer(Run.confusion))  # type: ignore[arg-type]
    if query.cursor:
        # Booleans are sorted as 0 and 1.
        kind = int if _kind(key) is bool else _kind(key)
        statement = statement.where(_after(Cursor.read(query.cursor, query.sort, kind), value, falling))
    # One more than asked for tells whether there is another page.
    rows = session.execute(_ordered(statement, value, falling).limit(query.limit + 1)).all()
    page = rows[: query.limit]
    more = len(rows) > len(page)
    following = Cursor(query.sort, page[-1][1], page[-1][0].id).text() if more else None
    return Found([row[0] for row in page], following, total)


def _sorted_by(key: str) -> ColumnElement[Any]:
    """The column, or the key of the configuration, as something both databases can order."""
    kind = _kind(key)
    setting: Any = col(Run.config)[key]
    readers = {int: "as_integer", float: "as_float", bool: "as_boolean"}
    value: Any = col(getattr(Run, key)) if key in COLUMNS else getattr(setting, readers.get(kind, "as_string"))()
    # SQLAlchemy refuses to compare booleans by size.
    return (cast(value, Integer) if kind is bool else value).label("sorted_by")


def _kind(key: str) -> type:
    """The Python type of the values that are sorted."""
    annotation = Run.model_fields[key].annotation if key in COLUMNS else TYPES[key]
    kinds = [kind for kind in (annotation, *get_args(annotation)) if kind in (int, float, bool, datetime)]
    return kinds[0] if kinds else str


def _ordered(statement: Select[Any], value: ColumnElement[Any], falling: bool) -> Select[Any]:
    columns = [value.is_(None), value, col(Run.id)]
    return statement.order_by(columns[0], *(column.desc() if falling else column.asc() for column in columns[1:]))


def _after(cursor: Cursor, value: ColumnElement[Any], falling: bool) -> ColumnElement[bool]:
    """What follows the cursor's row: further values, then equal ones by id, then those without a value."""
    beyond = col(Run.id) < cursor.id if falling else col(Run.id) > cursor.id
    if cursor.value is None:
        return and_(value.is_(None), beyond)
    further = value < cursor.value if falling else value > cursor.value
    return or_(further, and_(value == cursor.value, beyond), value.is_(None))


def _filters(session: Session, query: RunQuery) -> list[ColumnElement[bool]]:
    equal = ("status", "architecture", "dataset", "permute", "group")
    filters = [col(getattr(Run, name)) == value for name in equal if (value := getattr(query, name)) is not None]
    if query.tag:
        filters.append(_any_tag(session, lambda tag: tag == query.tag))
    if query.text:
        text = query.text
        columns = (col(Run.name), col(Run.notes), col(Run.architecture), col(Run.dataset))
        found = [column.icontains(text, autoescape=True) for column in columns]
        filters.append(or_(*found, _any_tag(session, lambda tag: tag.icontains(text, autoescape=True))))
    return filters or [true()]


def _any_tag(session: Session, matches: Any) -> ColumnElement[bool]:
    """Whether one of the run's tags matches; the JSON list is unfolded by the database."""
    postgres = session.get_bind().dialect.name == "postgresql"
    unfold = func.json_array_elements_text if postgres else func.json_each
    tags = unfold(col(Run.tags)).table_valued("value", name="tag")
    return select_any(tags.c.value).where(matches(tags.c.value)).correlate(Run.__table__).exists()  # type: ignore[attr-defined]
