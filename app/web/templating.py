"""Jinja2 with our filters and gettext; `page()` answers a request with a template."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.drawing.chart_words import chart_words
from app.language import describe, formats, glossary, words
from app.lifecycle.retelling import retold
from app.web.static_files import PLOTLY, module, static, style

ROOT = Path(__file__).resolve().parents[2]
THEMES = ("light", "dark")


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
    environment.filters |= formats.FILTERS | describe.FILTERS | {"retold": retold}
    environment.globals |= {
        "static": static,
        "module": module,
        "style": style,
        "language": words.language,
        "languages": words.titled,
    }
    environment.globals |= {"terms": glossary.terms, "chart_words": chart_words, "PLOTLY": PLOTLY}
    return environment


def _theme(request: Request) -> dict[str, Any]:
    """What static/js/theme.js has kept; None leaves it to the reader's system."""
    kept = request.cookies.get("theme")
    return {"theme": kept if kept in THEMES else None}


templates = Jinja2Templates(env=_environment(), context_processors=[_theme])


def speak(request: Request) -> None:
    """Answer in the reader's language from here on."""
    words.use(words.choose(request.headers.get("accept-language", ""), request.cookies.get(words.COOKIE)))


def page(request: Request, name: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """The template `name`, in the language of the request."""
    return templates.TemplateResponse(request, name, context, status_code=status_code)
