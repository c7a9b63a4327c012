"""The form of a new run, made from the configuration's own words, and what people send with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.submissions import prepared
from app.templating import number
from app.words import gettext as _
from trainer.catalog import ARCHITECTURES, DATASETS, defaults, resolve
from trainer.config import FIELDS, TYPES, ConfigError, choices
from trainer.scope import BELONGS, FAMILIES, NEEDS


@dataclass(frozen=True)
class Field:
    """One setting as the form shows it. `options` are (value, title); without any it is a number."""

    name: str
    title: str
    description: str
    limits: str
    options: tuple[tuple[str, str], ...]
    step: str


@dataclass(frozen=True)
class Card:
    """One architecture or data set to choose; `figure` is the number beside its name."""

    value: str
    title: str
    description: str
    figure: str


def fields(group: str) -> list[Field]:
    """The settings of a group (basic or advanced); architecture and data set are cards instead."""
    names = [name for name, item in FIELDS.items() if item.metadata["json_schema_extra"]["group"] == group]
    return [_field(name) for name in names if name not in ("architecture", "dataset")]


def architecture_cards() -> list[tuple[str, list[Card]]]:
    """The architectures by family, each with its title."""
    words = _("%(count)s parameters")
    cards: dict[str, Card] = {
        info.name: Card(info.name, _(info.title), _(info.description), words % {"count": number(info.parameters)})
        for info in ARCHITECTURES.values()
    }
    return [(_(title), [cards[name] for name in names]) for title, names in FAMILIES.items()]


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


def read(sent: Mapping[str, str]) -> dict[str, Any]:
    """The settings that somebody filled in, as values of their types; an empty field is left to the catalogue.

    Raises ConfigError naming every field that is not acceptable.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in sent.items():
        if name not in FIELDS or not text.strip():
            continue
        try:
            values[name] = _parse(name, text.strip())
        except ValueError:
            kind = _("a whole number") if TYPES[name] is int else _("a number")
            problems[name] = _("“%(text)s” is not %(kind)s.") % {"text": text.strip(), "kind": kind}
    try:
        resolve(values)
    except ConfigError as error:
        problems |= error.problems
    if problems:
        raise ConfigError(problems)
    return values


def tags(text: str) -> list[str]:
    """ "a, b,,a" -> ["a", "b"]."""
    return list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def copied(config: Mapping[str, Any]) -> dict[str, str]:
    """A run's settings as the form's texts; what equals the default stays empty."""
    usual = placeholders(config["architecture"], config["dataset"])
    always = ("architecture", "dataset")
    return {name: _text(value) for name, value in config.items() if name in always or value != usual.get(name)}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parse(name: str, text: str) -> Any:
    if TYPES[name] is bool:
        return text == "true"
    if TYPES[name] in (int, float):
        return TYPES[name](text)
    return text


def _field(name: str) -> Field:
    metadata = FIELDS[name].metadata
    options = tuple((value, value) for value in choices(name))
    if TYPES[name] is bool:
        options = (("true", _("on")), ("false", _("off")))
    step = "1" if TYPES[name] is int else "any"
    return Field(name, _(metadata["title"]), _(metadata["description"]), _limits(metadata), options, step)


def _limits(metadata: Mapping[str, Any]) -> str:
    """The accepted range in words, where there is one."""
    low, high = metadata.get("ge", metadata.get("gt")), metadata.get("le", metadata.get("lt"))
    if low is None or high is None:
        return ""
    return _("From %(low)s to %(high)s.") % {"low": number(low), "high": number(high)}
