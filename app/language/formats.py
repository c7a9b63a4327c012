"""Numbers and times as a person reads them, in the request's language."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal

from app.language import words
from app.language.words import gettext as _

TOO_LONG = 10**15


def percent(fraction: float | None, decimals: int = 2) -> str:
    """0.9908 -> "99.08 %"; a dash where there is no figure yet."""
    if fraction is None:
        return "–"
    figure = format_decimal(100 * fraction, "0." + "0" * decimals, locale=words.locale())
    return f"{figure} %"


def number(value: float | None) -> str:
    """Whole numbers with thousands separators; others, and what is too long to read, with six significant digits."""
    if value is None:
        return "–"
    if abs(value) < TOO_LONG and float(value).is_integer():
        return str(format_decimal(int(value), locale=words.locale()))
    # Not each whole number is a float.
    return f"{Decimal(value) if isinstance(value, int) else value:.6g}"


def duration(seconds: float | None) -> str:
    """9.42 -> "9.4 s", 130 -> "2 min 10 s", 7500 -> "2 h 5 min"."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def roughly(seconds: float) -> str:
    """As exact as an estimate is: 43 -> "45 s", 437 -> "7 min", 9000 -> "2.5 h"."""
    if seconds < 90:
        return f"{5 * max(round(seconds / 5), 1)} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    hours = format_decimal(seconds / 3600, "0.#", locale=words.locale())
    return f"{hours} h"


def ago(moment: datetime | None) -> str:
    """How long ago, in words: "3 minutes ago"."""
    if moment is None:
        return "–"
    elapsed = moment - datetime.now(UTC)
    if abs(elapsed.total_seconds()) < 5:
        return _("just now")
    return format_timedelta(elapsed, add_direction=True, locale=words.locale())


def moment(value: datetime | None) -> str:
    """The exact time, in UTC."""
    if value is None:
        return "–"
    return f"{format_datetime(value, 'yyyy-MM-dd HH:mm:ss', tzinfo=UTC, locale=words.locale())} UTC"


def setting(value: Any) -> str:
    """A configuration's value as a person would write it."""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return f"{value:g}" if isinstance(value, float) else str(value)


FILTERS = {function.__name__: function for function in (percent, number, duration, roughly, ago, moment, setting)}
