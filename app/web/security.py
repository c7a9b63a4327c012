"""Who may ask, from where, and what a page may load: checked before any route, on every method."""

import hashlib
import hmac
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings
from app.web.problems import respond, wants_page

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Plotly adds one empty <style> element and fills it through the style sheet's own interface, which no policy
        # concerns: the hash is that of the empty string. Single styles it sets through element.style. So
        # 'unsafe-inline' is not needed, as long as no text in our figures carries markup.
        "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        # Plotly's "save as image" draws an SVG from a blob.
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it browsers send "Origin: null" along with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
COOKIE = "epochyard_session"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# What a health check or the login page itself needs.
OPEN = ("/healthz", "/login", "/static/")


def session_value(token: str) -> str:
    """What the login cookie holds: proof of the token, from which it cannot be had."""
    return hmac.new(token.encode(), b"epochyard session", hashlib.sha256).hexdigest()


def equal(one: str, other: str) -> bool:
    """In a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


class Security:
    """ASGI middleware around everything else, so that even an error's answer carries the headers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = LOOPBACK | {settings.host.strip("[]").lower()}
        self.token = settings.token.get_secret_value() if settings.token else None
        self.address = f"http://{settings.host}:{settings.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(Request(scope))
        await (refusal or self.app)(scope, receive, with_headers)

    def _refusal(self, request: Request) -> Response | None:
        checks: tuple[Callable[[Request], Response | None], ...] = (self._host, self._origin, self._token)
        return next((refusal for check in checks if (refusal := check(request))), None)

    def _host(self, request: Request) -> Response | None:
        """A name that leads here by trickery (DNS rebinding) must not make its page one of ours."""
        name = _hostname(request.headers.get("host", ""))
        if self.token is not None or name in self.hosts:
            return None
        return respond(
            request,
            403,
            f"{name or 'An empty name'} is not a name of this server; open {self.address}, or set EPOCHYARD_HOST.",
        )

    def _origin(self, request: Request) -> Response | None:
        """Another site's page must not act in our user's name."""
        origin = request.headers.get("origin")
        if origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != "":
            return None
        return respond(request, 403, f"A page of {origin} may not use this server; use its own pages or no browser.")

    def _token(self, request: Request) -> Response | None:
        path = request.url.path
        if self.token is None or _is_open(path) or self._knows(request.headers, self.token):
            return None
        if wants_page(request) and request.method == "GET":
            wanted = path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)
        return respond(
            request,
            401,
            "This server asks for its token: send `Authorization: Bearer <EPOCHYARD_TOKEN>`, or sign in at /login.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _knows(self, headers: Headers, token: str) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and equal(given.strip(), token):
            return True
        return equal(_cookie(headers.get("cookie", "")), session_value(token))


def _is_open(path: str) -> bool:
    return any(path == entry or (entry.endswith("/") and path.startswith(entry)) for entry in OPEN)


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _cookie(header: str) -> str:
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def is_local(path: str) -> bool:
    """A path of ours, not an address that browsers would read as another host."""
    return path.startswith("/") and not path.startswith("//") and not set(path) & set("\\\r\n\t")
