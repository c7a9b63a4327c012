"""The life of a run: every change of status happens here, each as one compare-and-set that says whether it won.

    submit -> queued -> (claim) running -> finished | failed | cancelled
              ^  |  ^               |              |         |
     resume   |  |  |____ requeue __|              |         |
              paused <-- pause -----'   queued <---+- retry -'

A claim's attempt number is the fencing token: whoever holds an older one changes nothing any more.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.lifecycle.claims import LEASE, Claim
from app.lifecycle.queue_order import ORDER, last_place
from app.lifecycle.refusals import Impossible as Impossible
from app.lifecycle.refusals import UnknownRun as UnknownRun
from app.lifecycle.refusals import impossible
from app.lifecycle.told import Told
from app.store.models import PRIORITY, Event, Run, RunStatus, now
from app.store.outbox import tell
from trainer.config import RunConfig

# Trainings that died in a row, with no new epoch in between, before a run is given up.
DEATHS = 3

QUEUED, RUNNING, PAUSED = RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED
FINISHED, FAILED, CANCELLED = RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED


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
    priority: int = PRIORITY,
) -> Run:
    """A new run at the end of the queue. Whoever commits it tells the workers afterwards."""
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
        device_wanted=config.device,
        priority=priority,
        place=last_place(session) + 1,
    )
    session.add(run)
    session.flush()
    _tell_status(session, _id(run), QUEUED, Told.SUBMITTED)
    return run


# What workers do


def claim_next(session: Session, worker: str, *, gpu: bool, lease: timedelta = LEASE) -> Claim | None:
    """Take the first run of the queue that this worker may train; None when there is none."""
    first = select(Run.id).where(Run.status == QUEUED).order_by(*ORDER).limit(1)
    if not gpu:
        first = first.where(Run.device_wanted != "cuda")
    # On PostgreSQL two workers would otherwise wait for each other and then find the run taken.
    run_id = session.exec(first.with_for_update(skip_locked=True)).first()
    return None if run_id is None else claim(session, run_id, worker, lease)


def claim(session: Session, run_id: int, worker: str, lease: timedelta = LEASE) -> Claim | None:
    """Take this queued run for training; None when it is not there to be taken (any more)."""
    won = _change(
        session,
        run_id,
        RUNNING,
        Told.CLAIMED % {"worker": worker},
        sources=[QUEUED],
        attempt=col(Run.attempt) + 1,
        worker=worker,
        lease_until=now() + lease,
        started_at=now(),
        message=None,
    )
    if not won:
        return None
    run = get(session, run_id)
    session.refresh(run)  # the session may know it from before
    return Claim.of(run, lease)


def finish(session: Session, claim: Claim, **results: Any) -> bool:
    """The training ended well; `results` are columns of the final test."""
    return _end(session, claim, FINISHED, Told.FINISHED, progress=1.0, **results)


def fail(session: Session, claim: Claim, error: str) -> bool:
    """The training ended badly; `error` is what a person reads."""
    return _end(session, claim, FAILED, error, error=error)


def cancelled(session: Session, claim: Claim) -> bool:
    """The training was stopped on request, and no process of it is left."""
    return _end(session, claim, CANCELLED, Told.CANCELLED % {"status": RUNNING})


def paused(session: Session, claim: Claim, cause: str) -> bool:
    """The training was stopped on request, to go on from where it is."""
    return _release(session, claim, PAUSED, cause)


def requeue(session: Session, claim: Claim, cause: str, **values: Any) -> bool:
    """Give the run back to the queue, at its old place, to go on from its last checkpoint."""
    return _release(session, claim, QUEUED, cause, **values)


def died(session: Session, claim: Claim, cause: str, advice: str) -> RunStatus | None:
    """The training ended without a result: the run goes on, unless it dies again and again without a new epoch.

    `cause` is a clause ("the training was killed by signal 9"), `advice` a sentence. Returns the status it has now,
    None when the claim was superseded.
    """
    run = get(session, claim.run_id)
    session.refresh(run)
    if run.cancel_requested_at is not None:
        return CANCELLED if cancelled(session, claim) else None
    if run.pause_requested_at is not None:
        return PAUSED if paused(session, claim, Told.DIED_PAUSING % {"cause": cause}) else None
    if run.deaths + 1 < DEATHS:
        words = Told.GOES_ON % {"cause": cause, "place": Told.FROM_CHECKPOINT}
        return QUEUED if requeue(session, claim, words, deaths=run.deaths + 1) else None
    error = Told.DIED_AGAIN % {"cause": cause, "times": DEATHS, "advice": advice}
    return FAILED if fail(session, claim, error[0].upper() + error[1:]) else None


# What people ask for. Each raises UnknownRun, and Impossible where the status does not allow it.


def request_cancel(session: Session, run_id: int) -> Run:
    """Cancel a waiting run at once, or ask a running one to stop."""
    run = get(session, run_id)
    times: dict[str, Any] = {"cancel_requested_at": now(), "finished_at": now()}
    for status in (QUEUED, PAUSED):
        cause = Told.CANCELLED % {"status": status}
        if _change(session, run_id, CANCELLED, cause, sources=[status], message=None, **times):
            break
    else:
        _ask(session, run, "cancel")
    session.refresh(run)
    return run


def request_pause(session: Session, run_id: int) -> Run:
    """Hold a queued run back at once, or ask a running one to stop at its next step."""
    run = get(session, run_id)
    if not _change(session, run_id, PAUSED, Told.PAUSED_QUEUED, sources=[QUEUED], message=None):
        _ask(session, run, "pause")
    session.refresh(run)
    return run


def resume(session: Session, run_id: int) -> Run:
    """Put a paused run back to its place in the queue, or withdraw the wish to pause a running one."""
    run = get(session, run_id)
    if not _change(session, run_id, QUEUED, Told.RESUMED, sources=[PAUSED], pause_requested_at=None, deaths=0):
        asked = col(Run.pause_requested_at).is_not(None)
        withdraw = update(Run).where(col(Run.id) == run_id, col(Run.status) == RUNNING, asked)
        if not _hit(session, withdraw.values(pause_requested_at=None)):
            raise impossible(run, "resume")
        tell(session, run_id, "resume", {"cause": Told.PAUSE_WITHDRAWN})
    session.refresh(run)
    return run


def retry(session: Session, run_id: int, *, start_over: bool = False) -> Run:
    """Queue a failed or cancelled run again, at the end, to go on from its last checkpoint or from nothing."""
    run = get(session, run_id)
    cause = Told.STARTED_OVER if start_over else Told.RETRIED
    fresh: dict[str, Any] = {"start_over": start_over, "deaths": 0, "place": last_place(session) + 1}
    fresh |= dict.fromkeys(("error", "worker", "cancel_requested_at", "pause_requested_at", "finished_at"))
    if start_over:
        fresh["seconds"] = None
    if not _change(session, run_id, QUEUED, cause, sources=[FAILED, CANCELLED], **fresh):
        raise impossible(run, "retry")
    session.refresh(run)
    return run


def delete(session: Session, run_id: int) -> None:
    """Forget a run that nobody trains, with all its rows; one event stays and tells those who look at it."""
    run = get(session, run_id)
    if run.status == RUNNING:
        raise impossible(run, "delete")
    session.delete(run)
    session.execute(delete_from(Event).where(col(Event.run_id) == run_id))
    tell(session, run_id, "deleted", {})


def _ask(session: Session, run: Run, action: str) -> None:
    """Write down that a running run is to stop; its worker looks every second."""
    column = f"{action}_requested_at"
    running = update(Run).where(col(Run.id) == run.id, col(Run.status) == RUNNING)
    if not _hit(session, running.values({column: now()})):
        raise impossible(run, action)
    tell(session, _id(run), action, {"cause": f"{action} requested"})


def _end(session: Session, claim: Claim, status: RunStatus, cause: str, **values: Any) -> bool:
    return _held_change(session, claim, status, cause, finished_at=now(), message=None, **values)


def _release(session: Session, claim: Claim, status: RunStatus, cause: str, **values: Any) -> bool:
    return _held_change(session, claim, status, cause, worker=None, message=None, **values)


def _held_change(session: Session, claim: Claim, status: RunStatus, cause: str, **values: Any) -> bool:
    taken = func.coalesce(col(Run.seconds), 0.0) + (now() - claim.since).total_seconds()
    values |= {"lease_until": None, "seconds": taken}
    return _change(session, claim.run_id, status, cause, sources=[RUNNING], where=claim.held, **values)


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


def _hit(session: Session, statement: Any) -> bool:
    return session.connection().execute(statement).rowcount == 1


def _tell_status(session: Session, run_id: int, status: RunStatus, cause: str) -> None:
    tell(session, run_id, "status", {"status": status, "cause": cause})


def _id(run: Run) -> int:
    assert run.id is not None  # flushed rows have one
    return run.id
