"""What people send with the form of a new run, as values of their types, and a run's settings as the form's texts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.language.words import gettext as _
from app.launching import ranges
from app.launching.accepted import outside
from app.launching.grids import Grid
from app.launching.sizes import sizes
from app.launching.widths import Match, match
from app.lifecycle.schemas import changed
from trainer.catalog import ARCHITECTURES, resolve
from trainer.config import FIELDS, ConfigError
from trainer.matching import WIDTHS

# The fields whose value is another network, to match the parameters of.
MATCHING = tuple(f"match_{setting}" for setting in dict.fromkeys(WIDTHS.values()))


def read(sent: Mapping[str, str]) -> Grid:
    """The settings that somebody filled in, as values of their types, one or several each; an empty field is left to
    the catalogue. Raises ConfigError naming every field that is not acceptable.
    """
    values: dict[str, list[Any]] = {}
    problems: dict[str, str] = {}
    for name, text in sent.items():
        if name not in FIELDS or not text.strip():
            continue
        try:
            values[name] = ranges.parse(name, text)
        except ValueError as error:
            problems[name] = str(error)
    grid = Grid.of(values)
    try:
        grid.check()
    except ConfigError as error:
        problems |= {name: _told(grid, name, words) for name, words in error.problems.items()}
    if problems:
        raise ConfigError(problems)
    return grid


def _told(grid: Grid, name: str, words: str) -> str:
    """A problem in the reader's language, where it is a number out of its limits; others stay as they are."""
    values = grid.lists.get(name, [grid.config.get(name)])
    return next((told for value in values if (told := outside(name, value))), words) if name in FIELDS else words


def matched(grid: Grid, sent: Mapping[str, str], data_folder: Path) -> tuple[Grid, Match | None]:
    """The runs with the width that somebody wants matched to another network's parameters ("match_hidden": "cnn").

    Raises ConfigError at the width.
    """
    first = next(grid.runs())
    setting = WIDTHS.get(first.get("architecture", FIELDS["architecture"].default), "")
    like = sent.get(f"match_{setting}", "")
    if not like:
        return grid, None
    if "architecture" in grid.lists:
        raise ConfigError({setting: _("A width fits one network: choose a single one to match.")})
    config = resolve({name: value for name, value in first.items() if name != setting})
    images = sizes(config.dataset, data_folder)
    if like not in ARCHITECTURES or images is None:
        raise ConfigError({setting: _("There is nothing to match: the network or the images are not known.")})
    found = match(config, like, images)
    lists = {name: values for name, values in grid.lists.items() if name != setting}
    return Grid({**grid.config, setting: found.value}, lists), found


def tags(text: str) -> list[str]:
    """ "a, b,,a" -> ["a", "b"]."""
    return list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def copied(config: Mapping[str, Any]) -> dict[str, str]:
    """A run's settings as the form's texts; what equals the default stays empty."""
    pair = {name: config[name] for name in ("architecture", "dataset")}
    return {name: ranges.text(value) for name, value in (pair | changed(config)).items()}
