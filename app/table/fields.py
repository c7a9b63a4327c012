"""What runs are filtered, sorted and shown by: columns of the table, settings of the configuration, and their time."""

from datetime import datetime
from functools import lru_cache
from typing import Any, get_args

from sqlalchemy import ColumnElement, Integer, cast
from sqlmodel import col

from app.language.describe import statuses
from app.language.words import gettext as _
from app.language.words import language
from app.store.models import Run
from app.store.settings_in_json import Setting
from trainer.config import FIELDS, TYPES

# Whole documents and inner workings.
UNSORTED = {"tags", "notes", "config", "facts", "stored", "confusion", "lease_until"}
COLUMNS = tuple(name for name in Run.model_fields if name not in UNSORTED)
SECONDS = "seconds"
SETTINGS = tuple(name for name in FIELDS if name not in COLUMNS)
# The column of another name that repeats a setting; the one of the same name says something else.
REPEATED = {"device": "device_wanted"}
NAMES = (*COLUMNS, *SETTINGS)
# From 0 to 1, shown as percentages.
FRACTIONS = ("best_accuracy", "test_accuracy", "last_test_accuracy", "progress")


def kind(name: str) -> type:
    """The Python type of a field's values: int, float, bool, datetime or str."""
    annotation = Run.model_fields[name].annotation if name in COLUMNS else TYPES[name]
    kinds = [one for one in (annotation, *get_args(annotation)) if one in (int, float, bool, datetime)]
    return kinds[0] if kinds else str


def required(name: str) -> bool:
    """Whether every run has a value there, so that no order has to say where those without one come."""
    return name in COLUMNS and not Run.__table__.c[name].nullable  # type: ignore[attr-defined]


def value(name: str) -> ColumnElement[Any]:
    """The field as something both databases can compare and order; booleans as 0 and 1."""
    found = _stored(name)
    # SQLAlchemy refuses to compare booleans by size.
    return cast(found, Integer) if kind(name) is bool else found


def _stored(name: str) -> ColumnElement[Any]:
    if name in COLUMNS:
        column: ColumnElement[Any] = col(getattr(Run, name))  # type: ignore[assignment]
        return column
    return Setting(name)


def known_values(name: str) -> tuple[str, ...]:
    """The values that a text field may have, where they are only a few."""
    if name == "status":
        return tuple(statuses())
    return get_args(TYPES[name]) if name in TYPES and kind(name) is str else ()


def title(name: str) -> str:
    """What people call it."""
    words = _titles(language())
    return words[name] if name in words else _(FIELDS[name].metadata["title"]) if name in FIELDS else name


# A page asks for a hundred of them.
@lru_cache
def _titles(_language: str) -> dict[str, str]:
    return {
        "id": _("Run"),
        "status": _("Status"),
        "name": _("Name"),
        "architecture": _("Network"),
        "dataset": _("Data set"),
        "permute": _("Permuted"),
        "epochs": _("Epochs"),
        "group": _("Launched together"),
        "priority": _("Priority"),
        "place": _("Place in the queue"),
        "device_wanted": _("Device asked for"),
        "attempt": _("Attempts"),
        "deaths": _("Deaths in a row"),
        "start_over": _("Starts over"),
        "worker": _("Worker"),
        "cancel_requested_at": _("Asked to cancel"),
        "pause_requested_at": _("Asked to pause"),
        "message": _("Message"),
        "error": _("Error"),
        "progress": _("Progress"),
        "epoch": _("Epoch"),
        "best_epoch": _("Best epoch"),
        "best_accuracy": _("Best"),
        "test_loss": _("Test loss"),
        "test_accuracy": _("Test"),
        "last_test_loss": _("Test loss, last weights"),
        "last_test_accuracy": _("Test, last weights"),
        "only_best": _("Right only in the best"),
        "only_last": _("Right only in the last"),
        "parameters": _("Parameters"),
        "device": _("Device"),
        "created_at": _("Created"),
        "started_at": _("Started"),
        "finished_at": _("Finished"),
        SECONDS: _("Time"),
    }
