"""Serves the static folder below the hash of all that is in it: such an address may be kept forever.

In the path, and not behind a question mark, so that what files say of each other ("./choices.js") has it too. Several
style sheets come as one, at the address css/tokens+components.css: each file more costs a page some milliseconds.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).resolve().parents[2] / "static"
# Of static/.
PLOTLY = "vendor/plotly-basic-4.1.1/plotly-basic.min.js"
FOREVER = "public, max-age=31536000, immutable"
SHEETS = re.compile(r"css/([\w-]+(?:\+[\w-]+)+)\.css")
CSS_IMPORT = re.compile(r'@import url\("\.\./([^"]+)"\) layer\((\w+)\);')
VERSIONED = re.compile(r"([0-9a-f]{12})/(.+)")
IMPORT = re.compile(r'^import [^"]+ from "\./(\w+\.js)";$', re.MULTILINE)


class VersionedFiles(StaticFiles):
    """Without the hash a file is asked for again each time; with another one, of a page from before, as well."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        named = VERSIONED.fullmatch(path)
        response = _sheets(named[2]) if named and scope["method"] in ("GET", "HEAD") else None
        response = response or await super().get_response(named[2] if named else path, scope)
        response.headers["Cache-Control"] = FOREVER if named and named[1] == version() else "no-cache"
        return response


def _sheets(path: str) -> Response | None:
    """Several style sheets as one; None where the path names something else, or one of them twice."""
    found = SHEETS.fullmatch(path)
    names = found[1].split("+") if found else []
    known = names and all((STATIC / f"css/{name}.css").is_file() for name in names)
    if not known or len(set(names)) < len(names):
        return None
    return Response(whole_style(*names), media_type="text/css")


@lru_cache
def version() -> str:
    """Of all files together: a release changes most of them anyway."""
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(STATIC)}\n{file.stat().st_size}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def static(path: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"/static/{version()}/{path}"


def style(*names: str) -> Markup:
    """The element that loads these style sheets of static/css, in this order."""
    together = "+".join(names)
    return Markup(f'<link rel="stylesheet" href="{static(f"css/{together}.css")}">')


@lru_cache(maxsize=32)
def whole_style(*names: str) -> str:
    """The text of these style sheets of static/css in one, what they import included."""
    # Browsers heed an import only where a file begins.
    return CSS_IMPORT.sub(_layer, "\n".join(text(f"css/{name}.css") for name in names))


def _layer(imported: re.Match[str]) -> str:
    return f"@layer {imported[2]} {{ {text(imported[1])} }}"


def text(path: str) -> str:
    """What is written in a file of static/."""
    return (STATIC / path).read_text(encoding="utf-8")


@lru_cache
def module(name: str) -> Markup:
    """The elements that load a script of static/js, and at once all that it imports: a browser would ask for those
    only when it has read it."""
    ahead = (f'<link rel="modulepreload" href="{static(f"js/{other}")}">' for other in _imported(name))
    return Markup("\n".join([*ahead, f'<script type="module" src="{static(f"js/{name}")}"></script>']))


def _imported(name: str) -> list[str]:
    """The names of the modules that this one needs, theirs included."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for other in IMPORT.findall(text(f"js/{waiting.pop()}")):
            if other not in found:
                found[other] = None
                waiting.append(other)
    return list(found)
