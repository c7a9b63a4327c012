"""How a training is asked to pause: whoever works looks up between two pieces of work."""

from collections.abc import Callable

Look = Callable[[], None]


class Pausing(Exception):
    """The training is to save what it has and to end."""


def never() -> bool:
    return False


def go_on() -> None:
    """For work that nobody pauses."""


def watching(pause: Callable[[], bool]) -> Look:
    """A function that raises Pausing once `pause()` is true."""

    def look() -> None:
        if pause():
            raise Pausing

    return look
