"""What was told of runs in English, in the language of whoever reads it.

The database, its events and the API keep the English text. A page finds the message that it was made from and says
that, with the same values, in its own language; so runs from before a translation are told in it as well. What is
nobody's message, the error of a library for one, stays as it is.
"""

import re
from functools import lru_cache

from app.language.describe import statuses
from app.language.words import SOURCE, language
from app.language.words import gettext as _
from app.lifecycle.failures import FAILURES
from app.lifecycle.refusals import REFUSALS
from app.lifecycle.told import Told
from app.store.status import RunStatus

MESSAGES = (*(told.value for told in Told), *REFUSALS, *FAILURES)
VALUE = re.compile(r"%\((\w+)\)([sd])")


def retold(text: str) -> str:
    """An English text of ours in the language of this request."""
    return text if language() == SOURCE else _retold(text, language())


# A page shows the same ones again and again.
@lru_cache(4096)
def _retold(text: str, _language: str) -> str:
    # At the beginning of a sentence a clause has a capital letter.
    return _found(text) or _found(text[:1].lower() + text[1:]) or text


def _found(text: str) -> str | None:
    if text in tuple(RunStatus):
        return statuses()[RunStatus(text)]
    for message, pattern in _patterns():
        if match := pattern.fullmatch(text):
            values = {name: _retold(value, language()) for name, value in match.groupdict().items()}
            numbers = {name: int(values[name]) for name, kind in VALUE.findall(message) if kind == "d"}
            return _(message) % (values | numbers)
    return None


@lru_cache(1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each message and what it may be filled in as; the most particular ones come first."""
    particular = sorted(MESSAGES, key=lambda message: (")d" in message, len(VALUE.sub("", message))), reverse=True)
    return [(message, re.compile(_pattern(message), re.DOTALL)) for message in particular]


def _pattern(message: str) -> str:
    parts = VALUE.split(message.replace("%%", "%"))
    kinds = {"s": ".*?", "d": r"\d+"}
    values = [f"(?P<{name}>{kinds[kind]})" for name, kind in zip(parts[1::3], parts[2::3], strict=True)]
    return "".join(re.escape(words) + value for words, value in zip(parts[::3], [*values, ""], strict=True))
