"""The option and the client that submit, watch and runs share."""

from typing import Annotated

import typer

from app.client import Client
from app.commands.terminal import read_settings

Url = Annotated[
    str | None,
    typer.Option(help="Address of the Epochyard to talk to.", show_default="from EPOCHYARD_HOST and EPOCHYARD_PORT"),
]
# An address that a server listens on and nobody can connect to everywhere.
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def connect(url: str | None) -> Client:
    """A client for `url`, or for the server that the environment describes."""
    settings = read_settings()
    token = settings.token.get_secret_value() if settings.token else None
    return Client(url or address(settings.host, settings.port), token)


def address(host: str, port: int) -> str:
    """What to type into a browser for a server that listens there."""
    host = ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"
