"""One condition on a field of a run, as an address says it: learning_rate>=0.01."""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_

from app.comparing.grouping import value as setting_of
from app.table import fields
from trainer.config import ConfigError

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
# Longer operators first, or ">=" would be read as ">" and "=0.01".
PATTERN = re.compile(r"\s*(\w+)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*", re.DOTALL)
# What PostgreSQL's integer and SQLite's take.
LARGEST = 2**31 - 1
ACCEPTED = {
    int: f"a whole number from {-LARGEST} to {LARGEST}",
    float: "a number, or a percentage such as 98.5%",
    bool: "true or false",
    datetime: "a date or time such as 2026-03-31 or 2026-03-31T12:00",
}


@dataclass(frozen=True)
class Condition:
    """`value` is of the field's type, a boolean as 0 or 1; None means that there is none."""

    field: str
    operator: str
    value: Any
    text: str

    @classmethod
    def read(cls, text: str) -> "Condition":
        """Raises ValueError saying what is wrong and what is accepted."""
        found = PATTERN.fullmatch(text)
        if not found:
            accepted = f"a field, one of {' '.join(OPERATORS)}, and a value, such as learning_rate>=0.01"
            raise ValueError(f"{text!r} is no condition; it must be {accepted}")
        name, sign, wanted = found.groups()
        if name not in fields.NAMES:
            raise ValueError(f"{name!r} is no column or setting; known are {', '.join(fields.NAMES)}")
        equality = not wanted or fields.kind(name) in (bool, str)
        if equality and sign not in ("=", "!="):
            reason = "a value that is there" if not wanted else "numbers and times"
            raise ValueError(f"{name}: {sign!r} is for {reason}; accepted are = and !=")
        return cls(name, sign, _typed(name, wanted) if wanted else None, wanted)

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{self.text}"

    def clause(self) -> ColumnElement[bool]:
        """For a query. A run from before a setting was known did what is now its default."""
        column = fields.value(self.field)
        compare = OPERATORS[self.operator]
        if self.field in fields.SETTINGS and self.value is not None:
            clause: ColumnElement[bool] = compare(column, self.value)
            default = compare(setting_of({}, self.field), self.value)
            return or_(clause, column.is_(None)) if default else clause
        if self.operator == "!=":
            # With those that have no value, which is another one.
            return column.is_distinct_from(self.value)
        return column.is_(None) if self.value is None else compare(column, self.value)


def conditions(texts: list[str]) -> list[Condition]:
    """Raises ConfigError."""
    try:
        return [Condition.read(text) for text in texts]
    except ValueError as error:
        raise ConfigError({"where": str(error)}) from None


def _typed(name: str, text: str) -> Any:
    kind = fields.kind(name)
    try:
        value = READERS[kind](text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is not accepted; it must be {ACCEPTED[kind]}") from None
    known = fields.known_values(name)
    if known and value not in known:
        raise ValueError(f"{name}: {text!r} is unknown; known are {', '.join(known)}")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError
    return value


def _number(text: str) -> float:
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not math.isfinite(value):
        raise ValueError
    return value


def _truth(text: str) -> int:
    return ("false", "true").index(text.lower())


def _moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _plain(text: str) -> str:
    if "\x00" in text or len(text) > 200:
        raise ValueError
    return text


ACCEPTED[str] = "text of at most 200 characters without NUL"
READERS: dict[type, Callable[[str], Any]] = {
    int: _whole,
    float: _number,
    bool: _truth,
    datetime: _moment,
    str: _plain,
}
