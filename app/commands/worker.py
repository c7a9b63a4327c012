"""`epochyard worker`: one training process a GPU, or one for the CPU."""

import os

from app.children import Child, ChildFailed, stop_on_signals, stop_together
from app.commands.terminal import give_up
from app.devices import VARIABLE, visible_gpus
from app.tether import python


def worker() -> None:
    """Train queued runs, one at a time on each GPU, or on the CPU."""
    children = workers()
    if len(children) == 1:
        # No need for a process that only watches.
        os.environ |= children[0].environment
        os.execv(children[0].command[0], children[0].command)
    stopping = stop_on_signals()
    try:
        for child in children:
            child.start()
        while not stopping.wait(0.2):
            for child in children:
                child.look_after()
    except ChildFailed as error:
        give_up(str(error))
    finally:
        stop_together(children)


def workers() -> list[Child]:
    """A child for each GPU; one for the CPU where there is none."""
    command = python("-m", "worker")
    gpus = visible_gpus(os.environ)
    return [Child(f"worker on {gpu}", command, {VARIABLE: gpu}) for gpu in gpus] or [Child("worker", command)]
