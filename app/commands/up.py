"""`epochyard up`: the whole of it on one machine, from one command to one Ctrl-C."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from app.commands import web
from app.commands.connection import address
from app.commands.home import home_of_our_own
from app.commands.terminal import console, errors, give_up, read_settings
from app.commands.worker import workers
from app.processes.children import Child, ChildFailed, stop_on_signals, stop_together
from app.processes.tether import python
from app.settings import Settings

if TYPE_CHECKING:
    from app.processes.broker import Broker

WATCH_SECONDS = 0.2


def up(host: web.Host = None, port: web.Port = None) -> None:
    """Start the broker, a worker and the page; Ctrl-C stops everything, and running runs go back to the queue."""
    # Not with the file, which every command loads: redis and httpx are half of its time.
    from app.processes.broker import Broker, BrokerUnavailable

    settings = read_settings(host=host, port=port)
    web.check_address(settings)
    stopping = stop_on_signals()
    with home_of_our_own(settings):
        broker = None if settings.broker_url else Broker(settings.broker_socket.parent)
        try:
            if broker:
                broker.start()
            _run(settings, broker, stopping)
        except (BrokerUnavailable, ChildFailed) as error:
            give_up(str(error))
        finally:
            if broker:
                broker.stop()
    console.print("Stopped.")


def _run(settings: Settings, broker: Broker | None, stopping: threading.Event) -> None:
    """Until `stopping` is set. Raises ChildFailed, BrokerUnavailable."""
    os.environ |= {
        "EPOCHYARD_HOST": settings.host,
        "EPOCHYARD_PORT": str(settings.port),
        "EPOCHYARD_BROKER_URL": broker.url if broker else settings.broker,
    }
    page, trainers = Child("web server", python("-m", "app.web.server")), workers()
    try:
        for child in (page, *trainers):
            child.start()
        greeted = False
        while not stopping.wait(WATCH_SECONDS):
            if broker and not broker.running:
                errors.print("The broker ended; starting it again.")
                broker.start()
            for child in (page, *trainers):
                child.look_after()
            greeted = greeted or _greet(settings)
        console.print("\nStopping; running runs go back to the queue.")
    finally:
        # Workers first: the page shows how their runs go back, and the broker outlives everybody who talks to it.
        stop_together(trainers)
        stop_together([page])


def _greet(settings: Settings) -> bool:
    """Print the address once somebody answers there."""
    import httpx

    url = address(settings.host, settings.port)
    try:
        httpx.get(f"{url}/healthz", timeout=1.0)
    except httpx.TransportError:
        return False
    console.print(f"Epochyard is at [bold]{url}[/bold] (Ctrl-C stops it).", highlight=False)
    return True
