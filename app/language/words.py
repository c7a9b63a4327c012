"""Every word a person reads goes through gettext here; the language belongs to the request that is being answered."""

from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"
# The strings in the code are English, so that English needs no catalogue.
SOURCE = "en"
COOKIE = "language"

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages there is a catalogue for, English first."""
    return (SOURCE, *sorted(path.stem for path in LOCALE_FOLDER.glob("*.po")))


@lru_cache
def titled() -> list[tuple[str, str]]:
    """Each language with its name in itself."""
    return [(name, Locale.parse(name).get_language_name(name) or name) for name in languages()]


def choose(accept_language: str, cookie: str | None = None) -> str:
    """The language to answer in: the cookie's if it names one of ours, else the browser's best, else English.

    `accept_language` is the header's value (RFC 9110, section 12.5.4).
    """
    known = languages()
    if cookie in known:
        return cookie
    weighted = sorted((_weigh(item) for item in accept_language.split(",") if item.strip()), reverse=True)
    wanted = [_name(tag) for weight, tag in weighted if weight > 0]
    return negotiate_locale(wanted, known) or SOURCE


def _name(tag: str) -> str:
    """zh-Hans-CN, zh-Hans and zh are zh_CN, as Babel's aliases have no word for the script."""
    parts = [part for part in tag.split("-") if len(part) != len("Hans")]
    return "zh_CN" if parts == ["zh"] and "Hant" not in tag else "_".join(parts)


def _weigh(item: str) -> tuple[float, str]:
    tag, _, weight = item.strip().partition(";q=")
    try:
        return float(weight or 1), tag.strip()
    except ValueError:
        return 0.0, tag


def use(language: str) -> None:
    """Speak `language` for the rest of this request (task)."""
    _language.set(language)


def language() -> str:
    return _language.get()


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


def locale() -> Locale:
    """For numbers and dates."""
    return _locale(language())


@lru_cache
def _catalogue(name: str) -> NullTranslations:
    if name == SOURCE:
        return NullTranslations()
    # Compiled when it is first needed, in some milliseconds, so that no generated file lies beside its source.
    compiled = BytesIO()
    with (LOCALE_FOLDER / f"{name}.po").open(encoding="utf-8") as file:
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return GNUTranslations(compiled)


def gettext(message: str) -> str:
    # The empty string is the catalogue's own header.
    return _catalogue(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    return _catalogue(language()).ngettext(singular, plural, number)
