"""`python -m worker.health`: exits with 0 when a worker of this host answers through the broker, for healthchecks."""

import socket
import sys

from app.lifecycle.queue import Messages
from app.settings import Settings


def answers(broker_url: str, host: str, timeout: float = 3.0) -> bool:
    """Whether a worker on `host` replies to a ping; collects replies for `timeout` seconds.

    Workers are called celery@HOST-PID.
    """
    replies = Messages(broker_url).celery.control.ping(timeout=timeout) or []
    return any(name.partition("@")[2].startswith(f"{host}-") for reply in replies for name in reply)


if __name__ == "__main__":
    sys.exit(0 if answers(Settings().broker, socket.gethostname()) else 1)
