"""The life of a run: every change of status happens here, each as one compare-and-set that says whether it won.

    submit -> queued -> (claim) running -> finished | failed | cancelled
                 ^___________ requeue _________|

A claim's attempt number is the fencing token: whoever holds an older one changes nothing any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.models import Run, RunStatus, now
from app.outbox import tell
from trainer.config import RunConfig

# A worker renews every second; this long without a word and its run goes to another.
LEASE = timedelta(seconds=30)


class UnknownRun(LookupError):
    """No run has this id."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"There is no run {run_id}.")


class Impossible(Exception):
    """The run's status does not allow what was asked; the message says why and what would."""


@dataclass(frozen=True)
class Claim:
    """A worker's right to train a run, good until somebody claims it anew."""

    run_id: int
    attempt: int
    config: RunConfig


def get(session: Session, run_id: int) -> Run:
    """The run with this id. Raises UnknownRun."""
    run = session.get(Run, run_id)
    if run is None:
        raise UnknownRun(run_id)
    return run


def submit(
    session: Session,
    config: RunConfig,
    *,
    name: str = "",
    tags: Sequence[str] = (),
    notes: str = "",
    group: str | None = None,
) -> Run:
    """A new run in the queue. Whoever commits it sends its id to the workers afterwards."""
    run = Run(
        name=name,
        tags=list(tags),
        notes=notes,
        group=group,
        config=config.as_dict(),
        architecture=config.architecture,
        dataset=config.dataset,
        permute=config.permute,
        epochs=config.epochs,
    )
    session.add(run)
    session.flush()
    _tell_status(session, _id(run), RunStatus.QUEUED, "submitted")
    return run


def claim(session: Session, run_id: int, worker: str) -> Claim | None:
    """Take a queued run for training; None when it is not there to be taken (any more)."""
    won = _change(
        session,
        run_id,
        RunStatus.RUNNING,
        f"claimed by {worker}",
        sources=[RunStatus.QUEUED],
        attempt=col(Run.attempt) + 1,
        worker=worker,
        lease_until=now() + LEASE,
        started_at=now(),
        message=None,
    )
    if not won:
        return None
    run = get(session, run_id)
    session.refresh(run)  # the session may know it from before
    return Claim(run_id, run.attempt, RunConfig(**run.config))


def renew(session: Session, claim: Claim) -> bool:
    """Extend the lease; False when the run belongs to somebody else by now."""
    return update_claimed(session, claim, lease_until=now() + LEASE)


def update_claimed(session: Session, claim: Claim, **values: Any) -> bool:
    """Write columns of a run under its claim; False, and nothing written, when the claim was superseded."""
    statement = update(Run).where(*_held(claim)).values(**values)
    return _hit(session, statement)


def finish(session: Session, claim: Claim, **results: Any) -> bool:
    """The training ended well; `results` are columns of the final test."""
    return _end(session, claim, RunStatus.FINISHED, "training finished", progress=1.0, **results)


def fail(session: Session, claim: Claim, error: str) -> bool:
    """The training ended badly; `error` is what a person reads."""
    return _end(session, claim, RunStatus.FAILED, error, error=error)


def cancelled(session: Session, claim: Claim) -> bool:
    """The training was stopped on request, and no process of it is left."""
    return _end(session, claim, RunStatus.CANCELLED, "cancelled while running")


def requeue(session: Session, claim: Claim, cause: str) -> bool:
    """Give the run back to the queue, to go on from its last checkpoint."""
    return _change(
        session,
        claim.run_id,
        RunStatus.QUEUED,
        cause,
        sources=[RunStatus.RUNNING],
        where=_held(claim),
        worker=None,
        lease_until=None,
    )


def request_cancel(session: Session, run_id: int) -> Run:
    """Cancel a queued run at once, or ask a running one to stop. Raises UnknownRun, Impossible."""
    run = get(session, run_id)
    at_once = _change(
        session,
        run_id,
        RunStatus.CANCELLED,
        "cancelled while queued",
        sources=[RunStatus.QUEUED],
        cancel_requested_at=now(),
        finished_at=now(),
    )
    if not at_once:
        ask = update(Run).where(col(Run.id) == run_id, col(Run.status) == RunStatus.RUNNING)
        if not _hit(session, ask.values(cancel_requested_at=now())):
            raise Impossible(f"Run {run_id} has {run.status} already; there is nothing to cancel.")
        tell(session, run_id, "cancel", {"cause": "cancel requested"})
    session.refresh(run)
    return run


def delete(session: Session, run_id: int) -> None:
    """Forget a run that nobody trains, with all its rows. Raises UnknownRun, Impossible."""
    run = get(session, run_id)
    if run.status == RunStatus.RUNNING:
        raise Impossible(f"Run {run_id} is running; cancel it first.")
    session.delete(run)


def lapsed(session: Session) -> Sequence[Claim]:
    """The claims whose worker has not been heard of since its lease ran out."""
    statement = select(Run).where(Run.status == RunStatus.RUNNING, col(Run.lease_until) < now())
    return [Claim(_id(run), run.attempt, RunConfig(**run.config)) for run in session.exec(statement)]


def _end(session: Session, claim: Claim, status: RunStatus, cause: str, **values: Any) -> bool:
    return _change(
        session,
        claim.run_id,
        status,
        cause,
        sources=[RunStatus.RUNNING],
        where=_held(claim),
        finished_at=now(),
        lease_until=None,
        message=None,
        **values,
    )


def _change(
    session: Session,
    run_id: int,
    status: RunStatus,
    cause: str,
    *,
    sources: Iterable[RunStatus],
    where: Sequence[Any] = (),
    **values: Any,
) -> bool:
    statement = update(Run).where(col(Run.id) == run_id, col(Run.status).in_(list(sources)), *where)
    if not _hit(session, statement.values(status=status, **values)):
        return False
    _tell_status(session, run_id, status, cause)
    return True


def _held(claim: Claim) -> list[Any]:
    return [
        col(Run.id) == claim.run_id,
        col(Run.attempt) == claim.attempt,
        col(Run.status) == RunStatus.RUNNING,
    ]


def _hit(session: Session, statement: Any) -> bool:
    return session.connection().execute(statement).rowcount == 1


def _tell_status(session: Session, run_id: int, status: RunStatus, cause: str) -> None:
    tell(session, run_id, "status", {"status": status, "cause": cause})


def _id(run: Run) -> int:
    assert run.id is not None  # flushed rows have one
    return run.id
