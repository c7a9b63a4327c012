"""Collects the strings that people read into epochyard.pot: `python -m app.locale.extract`."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from app.launching.recipes import RECIPES
from app.lifecycle.retelling import MESSAGES
from trainer.anatomy import anatomy
from trainer.catalog import ARCHITECTURES, DATASETS, resolve
from trainer.config import FIELDS
from trainer.scope import BELONGS, FAMILIES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).with_name("epochyard.pot")

METHODS = {"app": [("**.py", "python")], "templates": [("**.html", "jinja2")]}
OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}


def collect() -> Catalog:
    """Every message of the code and the templates, and the words of what there is to choose from."""
    catalog = Catalog(project="Epochyard", fuzzy=False)
    for folder, methods in METHODS.items():
        for _path, _line, message, comments, context in extract_from_dir(ROOT / folder, methods, OPTIONS):
            catalog.add(message, auto_comments=comments, context=context)
    for message in _declared():
        catalog.add(message)
    return catalog


def text() -> str:
    """The catalogue's template as it should be on disk; without line numbers, which change with every edit."""
    buffer = BytesIO()
    write_po(buffer, collect(), omit_header=True, no_location=True, sort_output=True, width=110)
    return buffer.getvalue().decode()


def _declared() -> Iterator[str]:
    """What the code passes to gettext by name, not as a literal."""
    yield from _layers()
    yield from MESSAGES
    for item in FIELDS.values():
        yield from (item.metadata["title"], item.metadata["description"])
    yield from FAMILIES
    for architecture in ARCHITECTURES.values():
        yield from (architecture.title, architecture.description)
    for dataset in DATASETS.values():
        yield from (dataset.title, dataset.description)
    for recipe in RECIPES.values():
        yield from (recipe.title, recipe.description, recipe.lesson)


def _layers() -> Iterator[str]:
    """The kinds of layers that networks have, on images small enough for a border."""
    for name in ARCHITECTURES:
        varied = {"dropout": 0.5, "head": "conv1x1"}
        for settings in ({}, {setting: value for setting, value in varied.items() if name in BELONGS[setting]}):
            for layer in anatomy(resolve({"architecture": name, **settings}), (3, 28, 28), 10):
                yield layer.kind


if __name__ == "__main__":
    TEMPLATE.write_text(text(), encoding="utf-8")
