"""How a training ended, by its own words, and what becomes of a run whose training was stopped."""

from dataclasses import dataclass

from sqlmodel import Session

from app.lifecycle import runs
from app.lifecycle.claims import Claim
from app.lifecycle.told import Told
from trainer.events import Event, Finished, Paused, Started
from worker.artifacts import Stored
from worker.child import Failure


@dataclass
class Said:
    """What a training has said of its beginning and of its end."""

    started: bool = False
    finished: Finished | None = None
    paused: Paused | None = None
    failure: str | None = None

    def hear(self, item: Event | Failure | Stored) -> None:
        match item:
            case Started():
                self.started = True
            case Failure():
                self.failure = item.message
            case Finished():
                self.finished = item
            case Paused():
                self.paused = item

    @property
    def over(self) -> bool:
        return self.finished is not None or self.paused is not None or self.failure is not None


def halt(session: Session, claim: Claim, said: Said, *, stopping: bool) -> bool:
    """Nothing of the training is left: the run is what people wish by now. False when the claim was superseded."""
    run = runs.get(session, claim.run_id)
    if run.cancel_requested_at is not None:
        return runs.cancelled(session, claim)
    place = _place(said, run.epoch)
    if run.pause_requested_at is not None:
        return runs.paused(session, claim, Told.PAUSED % {"place": place})
    cause = Told.WORKER_STOPPED if stopping else Told.PAUSE_WITHDRAWN
    return runs.requeue(session, claim, Told.GOES_ON % {"cause": cause, "place": place})


def _place(said: Said, epoch: int) -> str:
    """Where the run goes on; `epoch` is the last recorded one."""
    if said.paused is not None:
        return Told.AT_STEP % {"epoch": said.paused.epoch, "step": said.paused.step}
    place = Told.AFTER_EPOCH % {"epoch": epoch} if epoch else Told.FROM_BEGINNING
    return Told.NO_ANSWER % {"place": place} if said.started else place
