"""The columns of the runs table: which there are, which are shown, what a cell says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from app.comparing.grouping import value as setting_of
from app.comparing.sorting import direction, following
from app.language import describe, words
from app.language.formats import duration, number, percent, setting
from app.language.words import gettext as _
from app.lifecycle.retelling import retold
from app.store.models import Run
from app.table.fields import FRACTIONS, NAMES, SECONDS, SETTINGS, kind, title

CURVE, TAGS, NOTES = "curve", "tags", "notes"
# What can be shown and not sorted by.
UNSORTED = (CURVE, TAGS, NOTES)
ALL = (*NAMES[: len(NAMES) - len(SETTINGS)], *UNSORTED, *SETTINGS)
DEFAULT = (
    *("id", "name", "status", "epoch", "architecture", "dataset"),
    *("best_accuracy", "best_epoch", "test_accuracy", CURVE, "created_at"),
)
# On a phone; the rest is on the run's page, unless somebody asked for it.
NARROW = ("name", "status", "best_accuracy")
# Drawn or written in a way of their own.
SPECIAL = ("id", "name", "status", "epoch", "dataset", "best_accuracy", "test_accuracy", CURVE, TAGS)
# What every row needs, whatever its columns: its title, its state, and whether it still changes.
ALWAYS = (
    *("id", "name", "tags", "status", "architecture", "dataset", "permute", "epoch", "epochs", "progress", "priority"),
    *("cancel_requested_at", "pause_requested_at", "best_epoch", "best_accuracy"),
)


@dataclass(frozen=True)
class Column:
    """A column and its head: where a click on it leads, and the order it has now (aria-sort)."""

    name: str
    title: str
    # The address that the list has now, and how it is sorted after a click; None where it cannot be.
    asked: dict[str, Any]
    following: str | None
    order: str | None
    numeric: bool
    # How its cells are written: one of app.table.cells.MANNERS, "time" or "text".
    manner: str
    # Class of its cells.
    kind: str
    # Whether a phone shows it.
    narrow: bool
    # Whether tags have a column of their own.
    tagged: bool

    @property
    def href(self) -> str | None:
        """Made when a head is written: rows that are refreshed or added have none."""
        return f"/?{urlencode(self.asked | {'sort': self.following}, doseq=True)}" if self.following else None


def chosen(text: str | None) -> tuple[str, ...]:
    """The columns that an address names, in its order; DEFAULT without any. Raises ValueError."""
    names = tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))
    for name in names:
        if name not in ALL:
            raise ValueError(f"{name!r} is no column; known are {', '.join(ALL)}")
    return names or DEFAULT


def heads(names: Sequence[str], asked: dict[str, Any], sort: str) -> list[Column]:
    """`asked` is the address that the list has now."""
    return [_head(name, names, asked, sort) for name in names]


def named(name: str) -> str:
    """A column in words."""
    own = {CURVE: _("Accuracy by epoch"), TAGS: _("Tags"), NOTES: _("Notes")}
    return own[name] if name in own else title(name)


def numeric(name: str) -> bool:
    return name not in UNSORTED and name != "epoch" and kind(name) in (int, float)


def needed(names: Sequence[str]) -> set[str]:
    """The columns of the database that these are made of."""
    stored = {name for name in names if name in Run.model_fields}
    if SECONDS in names:
        stored.add("started_at")
    if {"best_accuracy", "test_accuracy"} & set(names):
        stored |= {"config", "facts"}
    return stored | {"config"} | set(ALWAYS) if set(names) & set(SETTINGS) else stored | set(ALWAYS)


def text(run: Run, name: str) -> str:
    """A cell that is nothing but words or a figure."""
    if name == SECONDS:
        return duration(describe.elapsed(run))
    value = setting_of(run.config, name) if name in SETTINGS else getattr(run, name)
    if value is None or value == "":
        return "–"
    if name in FRACTIONS:
        return share(value)
    if name in ("message", "error"):
        return retold(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _figure(value, words.language())
    return setting(describe.setting_value(name, value))


def share(fraction: float | None) -> str:
    """A percentage; a page of them repeats many."""
    return _share(fraction, words.language())


@lru_cache(4096)
def _figure(value: float, _language: str) -> str:
    return number(value)


@lru_cache(4096)
def _share(fraction: float | None, _language: str) -> str:
    return percent(fraction)


def _head(name: str, names: Sequence[str], asked: dict[str, Any], sort: str) -> Column:
    sortable = name not in UNSORTED
    manner = name if name in SPECIAL else "time" if sortable and kind(name) is datetime else "text"
    # The best, and the newest, come first on the first click.
    falling_first = numeric(name) or manner == "time"
    narrow = tuple(names) != DEFAULT or name in NARROW
    return Column(
        name,
        named(name),
        asked,
        following(sort, name, falling_first=falling_first) if sortable else None,
        direction(sort, name),
        numeric(name),
        manner,
        _kind(name, manner) + ("" if narrow else " wide"),
        narrow,
        TAGS in names,
    )


def _kind(name: str, manner: str) -> str:
    if numeric(name):
        return "number muted" if name in ("id", "best_epoch") else "number"
    return {"name": "name", "time": "nowrap muted", "text": "word"}.get(manner, "nowrap")
