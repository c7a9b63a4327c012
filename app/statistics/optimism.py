"""Which split chose a run's checkpoint, and how much that flatters its numbers."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.store.models import Epoch, Run

# What a twin may differ in: how it chooses, and what is only looked at.
NOT_THE_EXPERIMENT = {"validation_fraction", "watch_test", "observe"}


def selection(run: Run) -> str:
    """The split that chooses the best checkpoint: "validation" or "test"."""
    return str(run.facts.get("selection") or ("validation" if run.config.get("validation_fraction") else "test"))


def chosen_on_test(run: Run) -> bool:
    """Whether its test accuracy is the best of many on the same images, and so optimistic."""
    return selection(run) == "test"


def best_by_test(session: Session, run: Run) -> float | None:
    """The best test accuracy of any epoch, where validation chose and the test split was watched beside it."""
    if chosen_on_test(run):
        return None
    return session.exec(select(func.max(col(Epoch.test_accuracy))).where(Epoch.run_id == run.id)).one()


def gap(best: float | None, chosen: float | None) -> float | None:
    """The optimism gap, a fraction: best test accuracy of any epoch less that of the checkpoint validation chose."""
    return None if best is None or chosen is None else best - chosen


def twins(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Pairs of tested runs of one experiment: the first chose on the test split, the second on validation."""
    tested = [run for run in runs if run.test_accuracy is not None]
    return [
        (one, other)
        for one in tested
        for other in tested
        if chosen_on_test(one) and not chosen_on_test(other) and _experiment(one) == _experiment(other)
    ]


def _experiment(run: Run) -> dict[str, object]:
    return {name: value for name, value in run.config.items() if name not in NOT_THE_EXPERIMENT}
