"""Several values for one setting, as people type them: "0.1, 0.01", "1..5", "0..0.5 x 6", "0.1..0.001 log 3"."""

import re
from collections.abc import Iterator
from typing import Any

from app.language.words import gettext as _
from trainer.config import TYPES

# More values of one setting than anybody compares.
MOST = 100
# A Chinese keyboard's comma, too.
COMMA = re.compile(r"[,\uff0c]")
RANGE = re.compile(r"(?P<first>.+?)\s*\.\.\s*(?P<last>.+?)(?:\s+(?P<how>x|×|log)\s*(?P<count>\d{1,9}))?")


def parse(name: str, text: str) -> list[Any]:
    """The values of the setting `name`, each once, in the order of the text; whether they are accepted is not asked.

    a..b are whole numbers one after the other, `x n` makes them n at equal distances, `log n` n at equal ratios.
    Raises ValueError with what is wrong, for people.
    """
    try:
        values = [value for part in COMMA.split(text) if part.strip() for value in _part(name, part.strip())]
    except OverflowError:
        raise ValueError(_("“%(text)s” is too large a number.") % {"text": f"{text.strip()[:20]}…"}) from None
    if len(values) > MOST:
        raise ValueError(_("“%(text)s” are more than %(most)s values.") % {"text": text.strip(), "most": MOST})
    return list(dict.fromkeys(values))


def text(value: Any) -> str:
    """One value as `parse` reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _part(name: str, text: str) -> Iterator[Any]:
    if TYPES[name] not in (int, float):
        return iter([_word(name, text)])
    found = RANGE.fullmatch(text)
    return _range(name, text, **found.groupdict()) if found else iter([_number(name, text)])


def _word(name: str, text: str) -> Any:
    return {"true": True, "false": False}.get(text, text) if TYPES[name] is bool else text


def _number(name: str, text: str) -> Any:
    try:
        return TYPES[name](text)
    except ValueError:
        kind = _("a whole number") if TYPES[name] is int else _("a number")
        raise ValueError(_("“%(text)s” is not %(kind)s.") % {"text": text, "kind": kind}) from None


def _range(name: str, text: str, first: str, last: str, how: str | None, count: str | None) -> Iterator[Any]:
    begin, end = _number(name, first), _number(name, last)
    if how is None and TYPES[name] is float:
        words = _("“%(text)s” does not say how many: write %(even)s or %(log)s.")
        raise ValueError(words % {"text": text, "even": f"{text} x 5", "log": f"{text} log 5"})
    wanted = abs(end - begin) + 1 if count is None else int(count)
    if wanted > MOST:
        raise ValueError(_("“%(text)s” are more than %(most)s values.") % {"text": text, "most": MOST})
    if wanted < 2:
        raise ValueError(_("“%(text)s” needs at least two values.") % {"text": text})
    if how == "log" and not (begin > 0 and end > 0):
        raise ValueError(_("“%(text)s”: equal ratios need two numbers above 0.") % {"text": text})
    return (_rounded(name, _between(begin, end, place / (wanted - 1), how)) for place in range(wanted))


def _between(begin: float, end: float, share: float, how: str | None) -> float:
    return begin * (end / begin) ** share if how == "log" else begin + (end - begin) * share


def _rounded(name: str, value: float) -> Any:
    """Without the last digits, which are noise: 0.01 and not 0.010000000000000002."""
    return round(value) if TYPES[name] is int else float(f"{value:.12g}")
