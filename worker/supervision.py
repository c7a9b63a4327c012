"""The training's end of the line to its supervisor: that it is there, and whether the training is to pause."""

import os
import threading
import time
from multiprocessing.connection import Connection

from worker.fence import Overtaken

# Exit code of a training whose supervisor is not heard of any more.
ABANDONED = 3
# Of a lease: so long without a word, and the training ends in order; so long after that it ends at once. Its supervisor
# cannot renew the lease meanwhile, so whoever takes the run next finds the device free.
SILENCE, GRACE = 0.6, 0.3


class Supervision:
    """Hears, in a thread of its own, whatever native code the training runs meanwhile."""

    def __init__(self, pipe: Connection, lease: float) -> None:
        """`lease` in seconds."""
        self._pipe = pipe
        self._lease = lease
        self._pause = False
        self._lost = False
        threading.Thread(target=self._listen, daemon=True).start()

    def pausing(self) -> bool:
        """Whether the training is to pause. Raises Overtaken when the supervisor is not heard of any more."""
        if self._lost:
            raise Overtaken
        return self._pause

    def _listen(self) -> None:
        try:
            # Each word is whether to pause; the supervisor says it several times a second.
            while self._pipe.poll(SILENCE * self._lease):
                self._pause = self._pipe.recv()
        except (EOFError, OSError):  # the supervisor's process is gone
            os._exit(ABANDONED)
        self._lost = True
        time.sleep(GRACE * self._lease)
        os._exit(ABANDONED)
