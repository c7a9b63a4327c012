"""The form of a new run, made from the configuration's own words; form_values.py reads what people send."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.drawing import sketches
from app.language.formats import number
from app.language.words import gettext as _
from app.launching.forecast_words import work
from app.lifecycle.submissions import prepared
from trainer.catalog import ARCHITECTURES, DATASETS, defaults
from trainer.config import FIELDS, TYPES, choices
from trainer.scope import BELONGS, FAMILIES, NEEDS


@dataclass(frozen=True)
class Field:
    """One setting as the form shows it. `options` are (value, title); without any it is a number, or several."""

    name: str
    title: str
    description: str
    limits: str
    options: tuple[tuple[str, str], ...]
    whole: bool


@dataclass(frozen=True)
class Card:
    """One architecture or data set to choose; `figure` is the number beside its name, `sketch` its layers."""

    value: str
    title: str
    description: str
    figure: str
    sketch: sketches.Sketch | None = None


def fields(group: str) -> list[Field]:
    """The settings of a group (basic or advanced); architecture and data set are cards instead."""
    names = [name for name, item in FIELDS.items() if item.metadata["json_schema_extra"]["group"] == group]
    return [_field(name) for name in names if name not in ("architecture", "dataset")]


def architecture_cards() -> list[tuple[str, list[Card]]]:
    """The architectures by family, each with its title."""
    words = _("%(count)s parameters · %(work)s")
    cards: dict[str, Card] = {
        info.name: Card(
            info.name,
            _(info.title),
            _(info.description),
            words % {"count": number(info.parameters), "work": work(sketches.network(info.name).flops)},
            sketches.network(info.name),
        )
        for info in ARCHITECTURES.values()
    }
    return [(_(title), [cards[name] for name in names]) for title, names in FAMILIES.items()]


def networks() -> list[tuple[str, str]]:
    """Every architecture with its title, for a list to choose from."""
    return [(info.name, _(info.title)) for info in ARCHITECTURES.values()]


def dataset_cards(data_folder: Path) -> list[Card]:
    """The built-in data sets and the files that somebody put into the data folder."""
    words = _("%(count)s images")
    built_in = [
        Card(info.name, _(info.title), _(info.description), words % {"count": number(info.train_images)})
        for info in DATASETS.values()
    ]
    return built_in + [Card(name, name, _("From the data folder."), "") for name in prepared(data_folder)]


def catalog() -> dict[str, Any]:
    """What the page needs to show the defaults of a choice and the settings that go with it; see static/js/form.js."""
    return {
        "common": {name: item.default for name, item in FIELDS.items() if name not in ("architecture", "dataset")},
        "architectures": {name: dict(info.defaults) for name, info in ARCHITECTURES.items()},
        "datasets": {name: dict(info.defaults) for name, info in DATASETS.items()},
        "belongs": dict(BELONGS),
        "needs": {name: dict(needed) for name, needed in NEEDS.items()},
    }


def placeholders(architecture: str, dataset: str) -> dict[str, Any]:
    """The value that each empty field stands for."""
    return {name: item.default for name, item in FIELDS.items()} | defaults(architecture, dataset)


def _field(name: str) -> Field:
    metadata = FIELDS[name].metadata
    options = tuple((value, value) for value in choices(name))
    if TYPES[name] is bool:
        options = (("true", _("on")), ("false", _("off")))
    if options:
        options = (*options, (", ".join(value for value, title in options), _("each of them")))
    whole = TYPES[name] is int
    return Field(name, _(metadata["title"]), _(metadata["description"]), _limits(metadata), options, whole)


def _limits(metadata: Mapping[str, Any]) -> str:
    """The accepted range in words, where there is one."""
    low, high = metadata.get("ge", metadata.get("gt")), metadata.get("le", metadata.get("lt"))
    if low is None or high is None:
        return ""
    return _("From %(low)s to %(high)s.") % {"low": number(low), "high": number(high)}
