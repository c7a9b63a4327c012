"""Where the page may listen: beyond this machine only with a token."""

import ipaddress

from app.settings import Settings


class UnsafeHost(ValueError):
    """Listening there would let anybody in."""


def check_listening(settings: Settings) -> None:
    """Refuse to listen beyond this machine without a token. Raises UnsafeHost."""
    if settings.token is None and not is_loopback(settings.host):
        raise UnsafeHost(
            f"EPOCHYARD_HOST is {settings.host}, where other machines can reach it, and there is no token. Set "
            "EPOCHYARD_TOKEN to a secret of at least 16 characters, or listen on 127.0.0.1."
        )


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
