"""A run in words: its title, its status, its times, its history."""

from datetime import UTC, datetime
from typing import Any

from app.models import Event, Run, RunStatus
from app.optimism import chosen_on_test
from app.words import gettext as _
from trainer.catalog import ARCHITECTURES, DATASETS
from trainer.config import FIELDS


def title(run: Run) -> str:
    """The name somebody gave it, else what it trains."""
    if run.name:
        return run.name
    words = _("%(network)s on %(dataset)s, permuted") if run.permute else _("%(network)s on %(dataset)s")
    return words % {"network": architecture(run.architecture), "dataset": dataset(run.dataset)}


def heading(run: Run) -> str:
    """For the browser's tab: while it runs, how far it is."""
    if run.status == RunStatus.RUNNING:
        return f"{int(100 * run.progress)} % · {title(run)}"
    return f"{status(run)} · {title(run)}"


def status(run: Run) -> str:
    if run.status == RunStatus.RUNNING and run.cancel_requested_at:
        return _("cancelling")
    return statuses()[run.status]


def statuses() -> dict[RunStatus, str]:
    """Every status in words."""
    return {
        RunStatus.QUEUED: _("queued"),
        RunStatus.RUNNING: _("running"),
        RunStatus.FINISHED: _("finished"),
        RunStatus.FAILED: _("failed"),
        RunStatus.CANCELLED: _("cancelled"),
    }


def under_way(run: Run) -> bool:
    """Whether its page still changes."""
    return not run.status.is_final


def architecture(name: str) -> str:
    return _(ARCHITECTURES[name].title) if name in ARCHITECTURES else name


def dataset(name: str) -> str:
    return _(DATASETS[name].title) if name in DATASETS else name


def setting_value(name: str, value: Any) -> Any:
    """Networks and data sets by their titles, everything else as it is."""
    titled = {"architecture": architecture, "dataset": dataset}
    return titled[name](value) if name in titled else value


def setting_title(name: str) -> str:
    return _(FIELDS[name].metadata["title"]) if name in FIELDS else name


def elapsed(run: Run) -> float | None:
    """Seconds since it was started, up to its end."""
    if run.started_at is None:
        return None
    return ((run.finished_at or datetime.now(UTC)) - run.started_at).total_seconds()


def seconds_left(run: Run) -> float | None:
    """An estimate from the progress since the training began (again); None before there is any."""
    began = run.facts.get("began_at")
    if run.status != RunStatus.RUNNING or began is None:
        return None
    done = run.progress - run.facts.get("resumed_epoch", 0) / run.epochs
    spent = (datetime.now(UTC) - datetime.fromisoformat(began)).total_seconds()
    return spent * (1 - run.progress) / done if done > 0 else None


def happened(event: Event) -> str:
    """One line of a run's history."""
    payload: dict[str, Any] = event.payload
    if event.kind == "status":
        return f"{statuses()[RunStatus(payload['status'])]}: {payload['cause']}"
    if event.kind == "started":
        return _("training on %(device)s begins") % {"device": payload.get("device", "?")}
    if event.kind == "checkpoint":
        words = _("best so far in epoch %(epoch)s: %(accuracy).2f %%")
        return words % {"epoch": payload["epoch"], "accuracy": 100 * payload["accuracy"]}
    if event.kind == "finished":
        words = _("best checkpoint tested: %(accuracy).2f %%")
        return words % {"accuracy": 100 * payload["test_accuracy"]}
    return str(payload.get("message") or payload.get("cause") or _("name, tags or notes edited"))


FILTERS = {
    function.__name__: function
    for function in (title, status, under_way, architecture, dataset, elapsed, seconds_left, chosen_on_test)
}
