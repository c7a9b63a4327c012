"""Builds the web application; nothing opens before its lifespan begins."""

import asyncio
import gc
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import FrameType

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette_compress import CompressMiddleware, remove_compress_type

from app import pages, routes
from app.lifecycle.queue import Messages
from app.lifecycle.reaper import reap_forever
from app.settings import Settings
from app.store.database import Database
from app.store.migrate import migrate
from app.web import openapi, problems
from app.web.limits import BodyLimit
from app.web.live import Live
from app.web.security import Security
from app.web.static_files import STATIC, VersionedFiles


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; uvicorn loads it with factory=True."""
    settings = settings or Settings()
    # An event is worth no compressor's memory for each listener.
    remove_compress_type("text/event-stream")
    app = FastAPI(
        title="Epochyard",
        version="0.1.0",
        description=openapi.DESCRIPTION,
        lifespan=_lifespan,
        # They load scripts from elsewhere, which our Content-Security-Policy forbids; /openapi.json stays.
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(Security, settings=settings),
            Middleware(problems.Unexpected),
            # With zstd at 3 all is as small as with gzip at 6, in less than half the time that gzip takes at 3. Brotli
            # would be for browsers that know no zstd, and takes longer than either.
            Middleware(CompressMiddleware, minimum_size=1000, zstd_level=3, brotli=False, gzip_level=3),
            Middleware(BodyLimit),
        ],
    )
    app.state.settings = settings
    problems.install(app)
    openapi.install(app)
    # Not include_router, which builds each of them a second time, and keeps the first answer waiting for that.
    app.router.routes.extend([*routes.ROUTES, *pages.ROUTES])
    app.mount("/static", VersionedFiles(directory=STATIC), name="static")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = Database(settings.database)
    await asyncio.to_thread(migrate, database)
    messages = Messages(settings.broker)
    live = Live(database)
    app.state.database, app.state.messages, app.state.live = database, messages, live
    following = asyncio.create_task(live.follow())
    stopping = threading.Event()
    reaper = threading.Thread(target=reap_forever, args=(database, messages, stopping), daemon=True)
    reaper.start()
    # What is there by now stays: looking through it for garbage would hold up one answer in a few for tens of ms.
    gc.freeze()
    gc.enable()
    try:
        with _on_exit_signal(live.close):
            yield
    finally:
        live.close()
        stopping.set()
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await asyncio.to_thread(reaper.join)
        messages.close()
        database.close()


@contextmanager
def _on_exit_signal(end_streams: Callable[[], None]) -> Iterator[None]:
    """End the event streams when the server is told to stop.

    uvicorn waits for open responses before it ends the lifespan, and a stream is open for as long as the browser
    is: so its signal handlers are preceded by ours.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end_streams)
        handler = previous[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    changed = [number for number, handler in previous.items() if callable(handler)]
    for number in changed:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in changed:
            if signal.getsignal(number) is stop:
                signal.signal(number, previous[number])
