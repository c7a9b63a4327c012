"""What columns hold that neither database has a type for."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Text, TypeDecorator
from sqlalchemy.engine import Dialect

from app.store.curve import Point
from app.store.status import RunStatus

# SQL's null, not JSON's, for what is not there.
OPTIONAL_JSON: Any = JSON(none_as_null=True)


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class CurveJson(TypeDecorator[list[Point]]):
    """Points, which JSON would give back as lists."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: Dialect) -> list[Point]:
        return [(epoch, accuracy) for epoch, accuracy in value]


class StatusText(TypeDecorator[RunStatus]):
    """A status, stored as its word."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Dialect) -> RunStatus | None:
        return None if value is None else RunStatus(value)
