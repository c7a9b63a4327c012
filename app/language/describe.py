"""A run in words: its title, its status, its times."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from app.language.words import gettext as _
from app.language.words import language
from app.statistics.optimism import chosen_on_test
from app.store.models import PRIORITY, Run, RunStatus, Worker
from trainer.catalog import ARCHITECTURES, DATASETS
from trainer.config import FIELDS


def title(run: Run) -> str:
    """The name somebody gave it, else what it trains."""
    return run.name or training(run.architecture, run.dataset, run.permute)


def training(network: str, images: str, permute: bool) -> str:
    words = _("%(network)s on %(dataset)s, permuted") if permute else _("%(network)s on %(dataset)s")
    return words % {"network": architecture(network), "dataset": dataset(images)}


def heading(run: Run) -> str:
    """For the browser's tab: while it runs, how far it is."""
    if run.status == RunStatus.RUNNING:
        return f"{int(100 * run.progress)} % · {title(run)}"
    return f"{status(run)} · {title(run)}"


def status(run: Run) -> str:
    if run.status == RunStatus.RUNNING and run.cancel_requested_at:
        return _("cancelling")
    if run.status == RunStatus.RUNNING and run.pause_requested_at:
        return _("pausing")
    return statuses()[run.status]


def statuses() -> dict[RunStatus, str]:
    """Every status in words."""
    return _statuses(language())


# A list asks for each of its rows.
@lru_cache
def _statuses(_language: str) -> dict[RunStatus, str]:
    return {
        RunStatus.QUEUED: _("queued"),
        RunStatus.RUNNING: _("running"),
        RunStatus.PAUSED: _("paused"),
        RunStatus.FINISHED: _("finished"),
        RunStatus.FAILED: _("failed"),
        RunStatus.CANCELLED: _("cancelled"),
    }


def unusual_priority(run: Run) -> bool:
    """Whether it waits with another priority than most."""
    return run.status in (RunStatus.QUEUED, RunStatus.PAUSED) and run.priority != PRIORITY


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
    """Seconds that its attempts took together, the one under way included."""
    if run.status != RunStatus.RUNNING or run.started_at is None:
        return run.seconds
    return (run.seconds or 0.0) + (datetime.now(UTC) - run.started_at).total_seconds()


def seconds_left(run: Run) -> float | None:
    """An estimate from the progress since the training began (again); None before there is any."""
    began = run.facts.get("began_at")
    if run.status != RunStatus.RUNNING or began is None:
        return None
    resumed = run.facts.get("resumed_epoch", 0) + run.facts.get("resumed_step", 0) / run.facts.get("steps_per_epoch", 1)
    done = run.progress - resumed / run.epochs
    spent = (datetime.now(UTC) - datetime.fromisoformat(began)).total_seconds()
    return spent * (1 - run.progress) / done if done > 0 else None


def memory(worker: Worker) -> str:
    """Of its device: what is used, and what there is."""
    if worker.memory_total is None:
        return "–"
    total = f"{worker.memory_total / 2**30:.1f} GiB"
    if worker.memory_used is None:
        return total
    return _("%(used)s of %(total)s") % {"used": f"{worker.memory_used / 2**30:.1f}", "total": total}


FILTERS = {
    function.__name__: function
    for function in (
        *(title, status, under_way, unusual_priority, architecture, dataset),
        *(elapsed, memory, chosen_on_test),
    )
}
