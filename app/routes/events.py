"""The stream of what happens, as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import Depends, Header, Query
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.routes.catalog import run_ids
from app.web.dependencies import LiveDep
from app.web.live import Live, Message, Wanted
from app.web.routers import api_router
from trainer.config import ConfigError

router = api_router("live", prefix="/api")

KINDS = (
    *("status", "cancel", "pause", "resume", "queue", "preparing", "started"),
    *("step", "evaluating", "epoch", "checkpoint", "finished", "labels", "deleted"),
)
# SQLite's and PostgreSQL's integers both reach this far.
LARGEST_EVENT = 2**31 - 1
EXAMPLE = 'event: epoch\ndata: {"run_id": 1, "epoch": 3, "train_loss": 0.04, "best": true}\nid: 120\n\n'


def _wanted(
    runs: Annotated[str | None, Query(description="Only of these runs: ids, comma between them.")] = None,
    kinds: Annotated[
        str | None, Query(description=f"Only of these kinds, comma between them: {', '.join(KINDS)}.")
    ] = None,
) -> Wanted:
    chosen = frozenset(kind.strip() for kind in kinds.split(",")) if kinds else frozenset()
    if unknown := chosen - set(KINDS):
        raise ConfigError({"kinds": f"{', '.join(sorted(unknown))!r} is unknown; known are {', '.join(KINDS)}"})
    return Wanted(frozenset(run_ids(runs)) if runs else frozenset(), chosen)


def _after(
    after: Annotated[int | None, Query(ge=0, le=LARGEST_EVENT, description="Begin behind this event.")] = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=LARGEST_EVENT, description="Wins over `after`.")] = None,
) -> int | None:
    return after if last_event_id is None else last_event_id


class EventStream(StreamingResponse):
    """Server-sent events. Not FastAPI's own: that one logs an error for each browser that leaves while events come."""

    media_type = "text/event-stream"

    def __init__(self, lines: AsyncGenerator[str]) -> None:
        # A proxy (nginx) must not collect them.
        super().__init__(lines, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._lines):
            await super().__call__(scope, receive, send)


async def _lines(live: Live, wanted: Wanted, after: int | None) -> AsyncGenerator[str]:
    async with aclosing(live.stream(wanted, after)) as messages:
        async for message in messages:
            yield _text(message) if message else ": listening\n\n"
            # Where much is to be sent, a moment in which it can be noticed that nobody is there any more.
            await asyncio.sleep(0)


def _text(message: Message) -> str:
    return f"event: {message.kind}\ndata: {message.data}\nid: {message.id}\n\n"


@router.get(
    "/events",
    status_code=200,
    response_class=EventStream,
    responses={200: {"content": {"text/event-stream": {"example": EXAMPLE}}}},
)
async def follow_events(
    live: LiveDep, wanted: Annotated[Wanted, Depends(_wanted)], after: Annotated[int | None, Depends(_after)]
) -> EventStream:
    """Everything that happens to runs, as it happens. A client that comes back with the last id misses nothing."""
    return EventStream(_lines(live, wanted, after))
