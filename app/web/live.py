"""Events from the database to everybody who listens: one reader a process, however many listeners there are."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.store.database import Database
from app.store.glance import Glance
from app.store.models import Event

log = logging.getLogger(__name__)

# Between two glances at an SQLite file: fifty a second take half a thousandth of a core.
GLANCE_SECONDS = 0.02
# What comes so soon after other events is read with the next ones.
BURST_SECONDS = 0.04
# Between two queries of a server, which cost a thread's time and a round trip.
POLL_SECONDS = 0.1
# After the database failed to answer.
RETRY_SECONDS = 2.0
# Events a listener may be behind; more, and it is caught up from the database instead of from memory.
BACKLOG = 1000
BATCH = 500
# A connection that says nothing is cut by proxies, and nobody notices that its other end is gone.
QUIET_SECONDS = 15.0


@dataclass(frozen=True)
class Message:
    """One event, ready to send."""

    id: int
    run_id: int
    kind: str
    data: str

    @classmethod
    def of(cls, event: Event) -> "Message":
        body = {"run_id": event.run_id, "created_at": event.created_at.isoformat(), **event.payload}
        return cls(event.id or 0, event.run_id, event.kind, json.dumps(body))


@dataclass(frozen=True)
class Wanted:
    """Which events somebody listens for; an empty set means all."""

    runs: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()

    def takes(self, message: Message) -> bool:
        return (not self.runs or message.run_id in self.runs) and (not self.kinds or message.kind in self.kinds)


@dataclass(eq=False)
class _Listener:
    wanted: Wanted
    # None means: the end, or read on from the database.
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    def give(self, message: Message) -> None:
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.interrupt()

    async def received(self) -> AsyncIterator[Message | None]:
        """What is given, until `interrupt`; None when nothing comes for a while."""
        while True:
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    message = await self.queue.get()
            except TimeoutError:
                yield None
                continue
            if message is None:
                return
            yield message

    def interrupt(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Live:
    """Follows the event table while somebody listens. Everything but the queries runs on the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[_Listener] = set()
        self._listening = asyncio.Event()
        # The newest event that the listeners were given or will find themselves; None while nobody listens.
        self._position: int | None = None
        self._closed = False

    def close(self) -> None:
        """End every stream; a new one ends at once."""
        self._closed = True
        for listener in self._listeners:
            listener.interrupt()

    async def follow(self) -> None:
        """Hands new events out until it is cancelled."""
        glance = Glance(self._database) if self._database.is_sqlite else None
        try:
            while True:
                await self._listening.wait()
                try:
                    await self._hand_out()
                    await self._pause(glance)
                except Exception:
                    log.exception("the events cannot be read; trying again")
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            if glance:
                glance.close()

    async def _pause(self, glance: Glance | None) -> None:
        """Until there may be a new event."""
        if glance is None:
            await asyncio.sleep(POLL_SECONDS)
            return
        await asyncio.sleep(BURST_SECONDS)
        while self._position is not None and not glance.beyond(self._position):
            await asyncio.sleep(GLANCE_SECONDS)

    async def stream(self, wanted: Wanted, after: int | None) -> AsyncGenerator[Message | None]:
        """The events after the id `after` (None: from now on), in order, each once, until `close`.

        None says that it listens: once at the beginning, so that nothing that happens from then on is missed, and when
        nothing has happened for a while.
        """
        listener = _Listener(wanted)
        position = await self._join(listener, after)
        try:
            yield None
            while not self._closed:
                # What was written before the listener joined, or while it lagged behind.
                async for message in self._stored(wanted, position):
                    yield message
                    position = message.id
                async for received in listener.received():
                    if received is None:
                        yield None
                    elif received.id > position:
                        yield received
                        position = received.id
        finally:
            self._leave(listener)

    async def newest(self) -> int:
        return await asyncio.to_thread(self._read, _newest)

    async def _join(self, listener: _Listener, after: int | None) -> int:
        newest = await self.newest()
        if self._position is None:
            self._position = newest
        self._listeners.add(listener)
        self._listening.set()
        return newest if after is None else after

    def _leave(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners:
            self._listening.clear()
            self._position = None

    async def _hand_out(self) -> None:
        if (position := self._position) is None:
            return
        events = await asyncio.to_thread(self._read, partial(_after, position=position, wanted=Wanted()))
        for message in events:
            # Everybody may have left, and others come, during the query.
            if self._position is not None and message.id > self._position:
                self._position = message.id
                for listener in self._listeners:
                    if listener.wanted.takes(message):
                        listener.give(message)

    async def _stored(self, wanted: Wanted, position: int) -> AsyncIterator[Message]:
        full = True
        while full and not self._closed:
            messages = await asyncio.to_thread(self._read, partial(_after, position=position, wanted=wanted))
            for message in messages:
                yield message
                position = message.id
            full = len(messages) == BATCH

    def _read(self, query: Any) -> Any:
        with self._database.read() as session:
            return query(session)


def _newest(session: Session) -> int:
    return session.exec(select(func.max(col(Event.id)))).one() or 0


def _after(session: Session, position: int, wanted: Wanted) -> Sequence[Message]:
    statement = select(Event).where(col(Event.id) > position).order_by(col(Event.id)).limit(BATCH)
    if wanted.runs:
        statement = statement.where(col(Event.run_id).in_(wanted.runs))
    if wanted.kinds:
        statement = statement.where(col(Event.kind).in_(wanted.kinds))
    return [Message.of(event) for event in session.exec(statement)]
