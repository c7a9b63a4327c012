"""ASGI middleware: a request's body has a limit, whether it says its length or not."""

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.problems import respond

# A submission with the longest notes in any script is a tenth of this.
MOST_BYTES = 1_000_000
DETAIL = f"The body is larger than {MOST_BYTES:,} bytes; a run's configuration needs far less."


class BodyLimit:
    """Answers 413 when a body is too large."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MOST_BYTES:
            await respond(request, 413, DETAIL)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise HTTPException(413, DETAIL)
            return message

        await self.app(scope, counted, send)
