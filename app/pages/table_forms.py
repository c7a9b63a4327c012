"""What the forms of the runs table offer: selects, fields to filter by, conditions that are set, columns, groupings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.language import describe
from app.language.words import gettext as _
from app.table import columns, fields
from app.table.conditions import conditions
from trainer.catalog import ARCHITECTURES, DATASETS
from trainer.config import FIELDS

SELECTS = ("status", "architecture", "dataset", "permute")
SIGNS = {"=": "=", "!=": "≠", ">=": "≥", "<=": "≤", ">": ">", "<": "<"}


@dataclass(frozen=True)
class Chip:
    """A condition that is set, in words, and the address without it."""

    words: str
    text: str
    href: str


def search(asked: dict[str, Any]) -> str:
    return urlencode(asked, doseq=True)


def groupings() -> list[tuple[str, str]]:
    """(value, words) of what runs can be put together by."""
    settings = [(name, describe.setting_title(name)) for name in FIELDS if name != "seed"]
    return [("seed", _("Everything but the seed")), *settings]


def choices(names: Sequence[str]) -> list[tuple[str, str, bool]]:
    """(name, words, whether it is shown) of every column: those that are shown in their order, then the others."""
    others = sorted((name for name in columns.ALL if name not in names), key=lambda name: columns.named(name).lower())
    return [(name, columns.named(name), name in names) for name in (*names, *others)]


def fields_by_title() -> list[tuple[str, str]]:
    """(name, words) of everything that can be filtered by."""
    return sorted(((name, fields.title(name)) for name in fields.NAMES), key=lambda pair: pair[1].lower())


def chips(texts: Sequence[str], asked: dict[str, Any]) -> list[Chip]:
    found = []
    for place, condition in enumerate(conditions(list(texts))):
        value = condition.text or _("nothing")
        words = f"{fields.title(condition.field)} {SIGNS[condition.operator]} {value}"
        rest = asked | {"where": [*texts[:place], *texts[place + 1 :]]}
        found.append(Chip(words, texts[place], f"/?{search(rest)}"))
    return found


def selects() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(parameter, words for all, (value, words))"""
    return [
        ("status", _("Any status"), [(status.value, words) for status, words in describe.statuses().items()]),
        ("architecture", _("Any network"), [(name, describe.architecture(name)) for name in ARCHITECTURES]),
        ("dataset", _("Any data set"), [(name, describe.dataset(name)) for name in DATASETS]),
        ("permute", _("Permuted or not"), [("true", _("permuted")), ("false", _("not permuted"))]),
    ]
