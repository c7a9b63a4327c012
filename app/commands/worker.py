"""`epochyard worker`: one training process a GPU, or one for the CPU."""

import os

from app.commands.home import check_home
from app.commands.terminal import give_up, read_settings
from app.processes.children import Child, ChildFailed, stop_on_signals, stop_together
from app.processes.devices import VARIABLE, cores, visible_gpus
from app.processes.tether import python


def worker() -> None:
    """Train queued runs, one at a time on each GPU, or on the CPU."""
    check_home(read_settings())
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
    threads = _threads(len(gpus) or 1)
    if not gpus:
        return [Child("worker", command, threads)]
    return [Child(f"worker on {gpu}", command, {VARIABLE: gpu, **threads}) for gpu in gpus]


def _threads(workers: int) -> dict[str, str]:
    """The environment that keeps `workers` of them from using more cores together than there are."""
    share = max(1, cores() // workers)
    # A worker that has the whole machine leaves the number to torch, which tells cores from hyper-threads.
    if "OMP_NUM_THREADS" in os.environ or share >= (os.cpu_count() or 1):
        return {}
    return {"OMP_NUM_THREADS": str(share)}
