"""The stream of what happens, as server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.dependencies import LiveDep
from app.live import Wanted
from app.routes.catalog import run_ids
from trainer.config import ConfigError

router = APIRouter(prefix="/api", tags=["live"])

KINDS = ("status", "cancel", "preparing", "started", "step", "epoch", "checkpoint", "finished", "labels")
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


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"example": EXAMPLE}}}},
)
async def follow_events(
    live: LiveDep, wanted: Annotated[Wanted, Depends(_wanted)], after: Annotated[int | None, Depends(_after)]
) -> AsyncIterator[ServerSentEvent]:
    """Everything that happens to runs, as it happens. A client that comes back with the last id misses nothing."""
    # At once, so that a client knows that it is connected.
    yield ServerSentEvent(comment="listening")
    async for message in live.stream(wanted, after):
        yield ServerSentEvent(raw_data=message.data, event=message.kind, id=str(message.id))
