"""The option and the client that all commands share which talk to a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from app.client import ApiError, Client
from app.commands.terminal import give_up, read_settings

Url = Annotated[
    str | None,
    typer.Option(help="Address of the Epochyard to talk to.", show_default="from EPOCHYARD_HOST and EPOCHYARD_PORT"),
]
# An address that a server listens on and nobody can connect to everywhere.
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


@contextmanager
def connect(url: str | None) -> Iterator[Client]:
    """A client for `url`, or for the server that the environment describes; what it refuses ends the command."""
    settings = read_settings()
    token = settings.token.get_secret_value() if settings.token else None
    try:
        with Client(url or address(settings.host, settings.port), token) as client:
            yield client
    except ApiError as error:
        give_up(str(error))


def address(host: str, port: int) -> str:
    """What to type into a browser for a server that listens there."""
    host = ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"
