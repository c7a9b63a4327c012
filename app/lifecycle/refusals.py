"""Why a run cannot be had or cannot do what was asked, in words that say what would be possible."""

from app.store.models import Run
from app.store.status import RunStatus

UNKNOWN = "There is no run %(id)s."
DONE = {
    RunStatus.FINISHED: "Run %(id)s has finished; clone it to run it again.",
    RunStatus.FAILED: "Run %(id)s has failed; retry it to go on from its last checkpoint, or clone it.",
    RunStatus.CANCELLED: "Run %(id)s was cancelled; retry it to go on from its last checkpoint, or clone it.",
}
ACTIVE = {
    RunStatus.QUEUED: "Run %(id)s waits in the queue already.",
    RunStatus.RUNNING: "Run %(id)s is running already.",
    RunStatus.PAUSED: "Run %(id)s is paused; resume it to go on.",
}
PLACELESS = DONE | {RunStatus.RUNNING: "Run %(id)s is running already; only a run that waits has a place in the queue."}
# Action -> the statuses that do not allow it, each with its reason.
REASONS = {
    "cancel": {
        RunStatus.FINISHED: "Run %(id)s has finished; there is nothing to cancel.",
        RunStatus.FAILED: "Run %(id)s has failed; there is nothing to cancel.",
        RunStatus.CANCELLED: "Run %(id)s was cancelled already.",
    },
    "pause": DONE | {RunStatus.PAUSED: "Run %(id)s is paused already."},
    "resume": DONE | {RunStatus.QUEUED: ACTIVE[RunStatus.QUEUED], RunStatus.RUNNING: ACTIVE[RunStatus.RUNNING]},
    "retry": ACTIVE | {RunStatus.FINISHED: DONE[RunStatus.FINISHED]},
    "delete": {RunStatus.RUNNING: "Run %(id)s is running; cancel it first."},
    "prioritise": PLACELESS,
    "move": PLACELESS | {RunStatus.PAUSED: ACTIVE[RunStatus.PAUSED]},
}
REFUSALS = (UNKNOWN, *dict.fromkeys(reason for reasons in REASONS.values() for reason in reasons.values()))


class UnknownRun(LookupError):
    """No run has this id."""

    def __init__(self, run_id: int) -> None:
        super().__init__(UNKNOWN % {"id": run_id})


class Impossible(Exception):
    """The run's status does not allow what was asked; the message says why and what would."""


def impossible(run: Run, action: str) -> Impossible:
    """The refusal of `action`, a key of REASONS, for the status that the run has."""
    return Impossible(REASONS[action][run.status] % {"id": run.id})
