"""Ties a process to its parent: when the parent dies, however suddenly, the child is told to stop.

Run as a script it ties itself and becomes the command it is given. Standard library only, because it runs isolated.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tethered(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` (program by path) as a child that stops when this process dies."""
    # Not by preexec_fn, which may deadlock in a process with threads. Isolated (-I), so that the modules beside this
    # file do not shadow the standard library's.
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def python(*arguments: str) -> list[str]:
    """The command line that runs the interpreter of this process."""
    return [sys.executable, *arguments]


def tie(parent: int, sent: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send `sent` to this process when `parent` ends. Where there is no such call: nothing.

    The kernel means the thread of the parent that started this process: start children from the main thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
    # It may have died before the call.
    if os.getppid() != parent:
        os.kill(os.getpid(), sent)


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
