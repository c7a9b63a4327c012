"""How the commands speak: plain words on standard error, and an exit code."""

from typing import NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from app.settings import Settings

console = Console()
errors = Console(stderr=True)

FAILED = 1
# The command or its environment has to change; trying again changes nothing.
MISUSED = 2


def give_up(message: str, code: int = FAILED) -> NoReturn:
    """Print why, and end with `code`."""
    errors.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def read_settings(**changes: object) -> Settings:
    """The EPOCHYARD_* variables; `changes` that are not None win. Ends the command where one is not accepted."""
    try:
        return Settings(**{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as problem:
        lines = [
            f"EPOCHYARD_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']} (it is {item['input']!r})"
            if item["loc"] != ("token",)
            else f"EPOCHYARD_TOKEN: {item['msg']}"
            for item in problem.errors()
        ]
        give_up("\n".join(lines), MISUSED)
