"""What people do to runs, one or many at once: the change, then what follows it outside of the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.lifecycle import queue_order, runs
from app.lifecycle.queue import Messages
from app.lifecycle.refusals import Impossible, UnknownRun
from app.lifecycle.submissions import announce
from app.settings import Settings
from app.store import artifacts
from app.store.database import Database
from app.store.models import Run, RunStatus


@dataclass(frozen=True)
class Outcome:
    """What became of one run; `run` is None where it is gone or was never there, `reason` says why it was not done."""

    id: int
    run: Run | None
    reason: str | None = None

    @property
    def done(self) -> bool:
        return self.reason is None


# Each takes a session and a run's id, with `retry` and `priority` one value more; and raises UnknownRun, Impossible.
ACTIONS: dict[str, Callable[..., Run | None]] = {
    "cancel": runs.request_cancel,
    "pause": runs.request_pause,
    "resume": runs.resume,
    "retry": runs.retry,
    "priority": queue_order.prioritise,
    "delete": runs.delete,
}


@dataclass(frozen=True)
class Actor:
    """Acts on runs and tells the workers of those that wait again."""

    database: Database
    messages: Messages
    settings: Settings

    def one(self, action: str, run_id: int, **values: Any) -> Run:
        """Do it, and return the run as it is then (a deleted one: as it was). Raises UnknownRun, Impossible."""
        with self.database.write() as session:
            run = runs.get(session, run_id)
            ACTIONS[action](session, run_id, **values)
        self._follow(action, [run])
        return run

    def many(self, action: str, ids: Sequence[int], **values: Any) -> list[Outcome]:
        """Do it to each run that allows it, all in one transaction; the others stay as they are."""
        with self.database.write() as session:
            # All rows before the first event: who records a training holds its row when it waits for its turn to tell.
            rows = select(Run).where(col(Run.id).in_(ids)).order_by(col(Run.id)).with_for_update()
            _held = session.exec(rows).all()  # the session knows them as long as somebody holds them
            outcomes = [_attempt(session, action, run_id, values) for run_id in dict.fromkeys(ids)]
        self._follow(action, [outcome.run for outcome in outcomes if outcome.done and outcome.run])
        return outcomes

    def _follow(self, action: str, changed: Sequence[Run]) -> None:
        if action == "delete":
            for run in changed:
                artifacts.forget(self.settings, run.id or 0)
        elif action in ("resume", "retry"):
            announce(self.database, self.messages, [run for run in changed if run.status == RunStatus.QUEUED])


def _attempt(session: Session, action: str, run_id: int, values: dict[str, Any]) -> Outcome:
    run = None
    try:
        run = runs.get(session, run_id)
        ACTIONS[action](session, run_id, **values)
    except (UnknownRun, Impossible) as error:
        return Outcome(run_id, run, str(error))
    return Outcome(run_id, run)
