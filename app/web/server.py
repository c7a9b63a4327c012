"""The web server's process: `epochyard web` becomes it, `epochyard up` starts it as a child."""

import gc

from app.settings import Settings

# Open event streams never end by themselves.
STOP_SECONDS = 2


def serve(settings: Settings) -> None:
    """Serve the page and the API until a signal comes."""
    # What a start makes stays; looking through it for garbage is a seventh of its time. The lifespan turns it on again.
    gc.disable()
    import uvicorn

    from app.main import create_app

    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


if __name__ == "__main__":
    serve(Settings())
