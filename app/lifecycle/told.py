"""What is told of runs in English, with the change that it is the cause of; `retelling` says it in another language."""

from enum import StrEnum


class Told(StrEnum):
    """To be filled in with %. A value may be another of these: a place, a cause."""

    # Why a run changed
    SUBMITTED = "submitted"
    CLAIMED = "claimed by %(worker)s"
    FINISHED = "training finished"
    CANCELLED = "cancelled while %(status)s"
    PAUSED_QUEUED = "paused while queued"
    RESUMED = "resumed"
    PAUSE_WITHDRAWN = "the wish to pause was withdrawn"
    RETRIED = "retried from its last checkpoint"
    STARTED_OVER = "retried from the beginning"
    PRIORITY = "priority %(priority)s"
    MOVED = "moved to place %(place)s of %(count)s"

    # How a training was stopped, and where it goes on
    PAUSED = "paused %(place)s"
    WORKER_STOPPED = "its worker was stopped"
    GOES_ON = "%(cause)s; it goes on %(place)s"
    AT_STEP = "at epoch %(epoch)s, step %(step)s"
    AFTER_EPOCH = "after epoch %(epoch)s"
    FROM_BEGINNING = "from the beginning"
    FROM_CHECKPOINT = "from its last checkpoint"
    NO_ANSWER = "%(place)s: the training did not answer and was killed"

    # How a training died, and what to do about it
    DIED_PAUSING = "paused; %(cause)s"
    DIED_AGAIN = "%(cause)s, %(times)s times in a row without finishing another epoch. %(advice)s"
    VANISHED = "%(worker)s was not heard of any more"
    LOOK_AT_WORKERS = (
        "Whatever trains it ends without a word. Look at the workers' logs and at their memory, then retry the run."
    )
    ABANDONED = "the training ended because nothing was heard of its worker"
    LOOK_AT_WORKER = "Look at the worker's log."
    KILLED = "the training process was killed by signal %(number)s (%(name)s)"
    ENDED = "the training process ended without a result (exit code %(code)s)"
    LOOK_AT_LOG = "The run's log may say why; retry the run, and if that does not help, report it with the log."
    MEMORY = (
        "Probably the machine ran out of memory: lower batch_size or choose a smaller architecture, then retry the run."
    )
    BUS_ERROR = (
        "Probably shared memory or the disk is full, or a data file was cut while it was read: make room, see to the "
        "data set's file, then retry the run."
    )
    FOLDER_HELD = "its folder %(folder)s is held"
    END_HOLDER = "A process of an earlier attempt holds %(file)s, stopped perhaps. End it, and retry."
    FOLDER_LOCKED = "%(error)s. See to it that %(folder)s can be written to, then retry the run."
    UNEXPECTED = "%(kind)s: %(error)s. The run's log has the details."

    # What it does or waits for
    VALIDATING = "Measuring epoch %(epoch)s on the validation split"
    MEASURING = "Measuring epoch %(epoch)s on the test split"
    SHARE_DONE = "%(doing)s %(share)d%%"
    NO_GPU = "Waits for a worker with a GPU; none is there."
    GPU_THERE = "A worker with a GPU is there."
    NO_BROKER = (
        "The broker does not answer, so no worker knows of this run yet. It is kept and starts by itself when the "
        "broker is back; see that it runs and that EPOCHYARD_BROKER_URL names it."
    )
    BROKER_BACK = "The broker answers again."
