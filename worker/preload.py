"""The first thing that the fork server loads: it ends with its worker, also in the seconds while it loads torch."""

import os
import signal

from app.processes.tether import tie

tie(os.getppid(), signal.SIGKILL)
