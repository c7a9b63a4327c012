"""A worker's right to train a run, and what it may write under it; the changes of status are all in `runs`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.store.models import Run, RunStatus, now
from trainer.config import RunConfig

# A worker renews every second; this long without a word and its run goes to another.
LEASE = timedelta(seconds=30)


@dataclass(frozen=True)
class Claim:
    """A worker's right to train a run, good until somebody claims it anew."""

    run_id: int
    attempt: int
    config: RunConfig
    start_over: bool = False
    # The run's files in the artifact store, by name.
    stored: dict[str, str] | None = None
    lease: timedelta = LEASE
    # From when on its time counts.
    since: datetime = field(default_factory=now)

    @classmethod
    def of(cls, run: Run, lease: timedelta = LEASE) -> "Claim":
        """The one that the run is under."""
        since = run.started_at or now()
        return cls(run.id or 0, run.attempt, RunConfig(**run.config), run.start_over, run.stored, lease, since)

    @property
    def held(self) -> list[Any]:
        """What is so of the run as long as the claim is good."""
        return [col(Run.id) == self.run_id, col(Run.attempt) == self.attempt, col(Run.status) == RunStatus.RUNNING]


def renew(session: Session, claim: Claim) -> bool:
    """Extend the lease; False when the run belongs to somebody else by now."""
    return update_claimed(session, claim, lease_until=now() + claim.lease)


def update_claimed(session: Session, claim: Claim, **values: Any) -> bool:
    """Write columns of a run under its claim; False, and nothing written, when the claim was superseded."""
    return session.connection().execute(update(Run).where(*claim.held).values(**values)).rowcount == 1


def lapsed(session: Session) -> Sequence[Claim]:
    """The claims whose worker has not been heard of since its lease ran out."""
    found = []
    for run in session.exec(select(Run).where(Run.status == RunStatus.RUNNING, col(Run.lease_until) < now())):
        claim = Claim.of(run)
        # A laptop that was asleep did not train.
        silent = now() - (run.lease_until or now())
        found.append(replace(claim, since=claim.since + silent))
    return found
