"""Every word a person reads goes through gettext here; the language belongs to the request that is being answered."""

from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.support import Translations

LOCALE_FOLDER = Path(__file__).parent / "locale"
DOMAIN = "epochyard"
# The strings in the code are English, so that English needs no catalogue.
SOURCE = "en"
COOKIE = "language"

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def languages() -> list[str]:
    """The languages there is a catalogue for, English first."""
    return [SOURCE, *sorted(path.parent.parent.name for path in LOCALE_FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]


def choose(accept_language: str, cookie: str | None = None) -> str:
    """The language to answer in: the cookie's if it names one of ours, else the browser's best, else English.

    `accept_language` is the header's value (RFC 9110, section 12.5.4).
    """
    known = languages()
    if cookie in known:
        return cookie
    weighted = sorted((_weigh(item) for item in accept_language.split(",") if item.strip()), reverse=True)
    wanted = [tag.replace("-", "_") for weight, tag in weighted if weight > 0]
    return negotiate_locale(wanted, known) or SOURCE


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


def locale() -> Locale:
    """For numbers and dates."""
    return Locale.parse(language())


@lru_cache
def _catalogue(name: str) -> NullTranslations:
    return NullTranslations() if name == SOURCE else Translations.load(LOCALE_FOLDER, [name], DOMAIN)


def gettext(message: str) -> str:
    # The empty string is the catalogue's own header.
    return _catalogue(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    return _catalogue(language()).ngettext(singular, plural, number)
