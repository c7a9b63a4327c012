"""What a run was trained with and on, as its page lists it."""

from typing import Any

from app.language.words import gettext as _
from app.store.models import Run


def environment(run: Run) -> list[dict[str, Any]]:
    """Title and value of each fact that the training has told; nothing before it began."""
    facts = run.facts
    told: dict[str, Any] = dict(facts.get("environment", {}))
    titled = (
        (_("Device"), told.pop("device", None)),
        (_("Precision"), facts.get("precision")),
        (_("Threads"), told.pop("threads", None)),
        (_("Calculated by"), _engine(told.pop("engine", None))),
        ("PyTorch", told.pop("torch", None)),
        ("Python", told.pop("python", None)),
        (_("Code"), told.pop("code", None)),
        (_("Worker"), run.worker),
        (_("Training images"), facts.get("train_images")),
        (_("Validation images"), facts.get("validation_images")),
        (_("Test images"), facts.get("test_images")),
        (_("Image, width × height × channels"), _shape(facts.get("shape"))),
        (_("Steps an epoch"), facts.get("steps_per_epoch")),
        (_("Fingerprint of the data set"), told.pop("dataset", None)),
        # What a later version of the training tells beside these.
        *told.items(),
    )
    return [{"title": title, "value": value} for title, value in titled if value is not None] if facts else []


def _engine(name: str | None) -> str | None:
    return {"torch": "PyTorch", "lanes": _("native code")}.get(name, name) if name else None


def _shape(shape: list[int] | None) -> str | None:
    return " × ".join(map(str, reversed(shape))) if shape else None
