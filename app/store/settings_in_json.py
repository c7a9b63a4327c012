"""A setting within the JSON of a run's configuration, written as the indexes of migration 0005 are."""

from typing import Any

from sqlalchemy import Float, Integer, String, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean
from sqlmodel import col

from app.store.models import Run
from trainer.config import TYPES

KINDS: dict[Any, Any] = {int: Integer(), float: Float(), bool: Boolean()}


class Setting(FunctionElement[Any]):
    """What the configuration has under `name`, one of the settings, in its own type; null where it lacks it.

    SQLAlchemy's own way to read JSON sends the name beside the statement, where SQLite does not look for an index.
    """

    inherit_cache = True

    def __init__(self, name: str) -> None:
        self.type = KINDS.get(TYPES[name], String())
        super().__init__(col(Run.config), literal_column(name))


def _parts(element: Setting, compiler: SQLCompiler) -> tuple[str, str]:
    config, name = element.clauses
    return compiler.process(config), compiler.process(name)


@compiles(Setting, "sqlite")
def _sqlite(element: Setting, compiler: SQLCompiler, **_: Any) -> str:
    config, name = _parts(element, compiler)
    return f"json_extract({config}, '$.\"{name}\"')"


@compiles(Setting, "postgresql")
def _postgres(element: Setting, compiler: SQLCompiler, **_: Any) -> str:
    config, name = _parts(element, compiler)
    return f"CAST({config} ->> '{name}' AS {compiler.dialect.type_compiler_instance.process(element.type)})"
