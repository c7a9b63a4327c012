"""Jinja2 with our filters and gettext; `page()` answers a request with a template."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal
from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app import words
from app.describe import FILTERS
from app.words import gettext as _

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"


def percent(fraction: float | None, decimals: int = 2) -> str:
    """0.9908 -> "99.08 %"; a dash where there is no figure yet."""
    if fraction is None:
        return "–"
    figure = format_decimal(100 * fraction, "0." + "0" * decimals, locale=words.locale())
    return f"{figure} %"


def number(value: float | None) -> str:
    """Whole numbers with thousands separators, others with up to six significant digits."""
    if value is None:
        return "–"
    if float(value).is_integer():
        return str(format_decimal(int(value), locale=words.locale()))
    return f"{value:.6g}"


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


@lru_cache
def static(path: str) -> str:
    """The address of a static file, which changes with its content."""
    digest = hashlib.blake2b((STATIC / path).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{path}?v={digest}"


def _translated(message: str, **variables: Any) -> str:
    """gettext for templates; a text without variables may hold a bare percent sign."""
    text = words.gettext(message)
    return text % variables if variables else text


def _counted(singular: str, plural: str, number: int, **variables: Any) -> str:
    return words.ngettext(singular, plural, number) % {"num": number, **variables}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(_translated, _counted)  # type: ignore[attr-defined]
    filters = (percent, number, duration, ago, moment, setting)
    environment.filters |= {function.__name__: function for function in filters} | FILTERS
    environment.globals |= {"static": static, "language": words.language}
    return environment


templates = Jinja2Templates(env=_environment())


def page(request: Request, name: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """The template `name`, in the language of the request."""
    return templates.TemplateResponse(request, name, context, status_code=status_code)
