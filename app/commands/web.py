"""`epochyard web`: the page and the API, without a worker."""

import errno
import socket
from typing import Annotated

import typer

from app.commands.home import check_home
from app.commands.terminal import MISUSED, give_up, read_settings
from app.settings import Settings
from app.web.listening import UnsafeHost, check_listening
from app.web.server import serve

Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="EPOCHYARD_HOST")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="EPOCHYARD_PORT")]


def web(host: Host = None, port: Port = None) -> None:
    """Serve the page and the API. A broker and a worker are started elsewhere."""
    settings = read_settings(host=host, port=port)
    check_address(settings)
    check_home(settings)
    serve(settings)


def check_address(settings: Settings) -> None:
    """Ends the command where the address must not or cannot be listened on, and says what to do."""
    try:
        check_listening(settings)
        family, kind, protocol, _, where = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server itself will: an address that was in use a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except UnsafeHost as error:
        give_up(str(error), MISUSED)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            give_up(
                f"Port {settings.port} on {settings.host} is in use. Stop what listens there, "
                f"or choose another port: EPOCHYARD_PORT={settings.port % 65535 + 1}.",
                MISUSED,
            )
        give_up(f"Cannot listen on {settings.host}, port {settings.port} (EPOCHYARD_HOST, _PORT): {error}.", MISUSED)
