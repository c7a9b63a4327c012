"""What a form says as calls of the REST API, to copy: curl and Python."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.launching.grids import Grid
from app.lifecycle.schemas import changed
from trainer.catalog import resolve
from trainer.config import FIELDS


@dataclass(frozen=True)
class Calls:
    """The same launch twice."""

    curl: str
    python: str


def calls(address: str, grid: Grid, labels: Mapping[str, Any], *, token: bool) -> Calls:
    """For the server at `address`; only what is not the catalogue's default is said. With `token` the environment's is
    sent."""
    path, body = f"{address.rstrip('/')}/api/{'grids' if grid.lists else 'runs'}", _body(grid, labels)
    return Calls(_curl(path, body, token), _python(path, body, token))


def _body(grid: Grid, labels: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in labels.items() if value}
    first = next(grid.runs())
    pair = {name: first.get(name, FIELDS[name].default) for name in ("architecture", "dataset")}
    # The catalogue's defaults are those of the pair: where that varies, whatever was given is said.
    told = grid.config if set(pair) & set(grid.lists) else changed(resolve(first).as_dict())
    config = {name: value for name, value in (pair | dict(told)).items() if name not in grid.lists}
    return {"config": config, "grid": dict(grid.lists), **given} if grid.lists else config | given


def _curl(path: str, body: dict[str, Any], token: bool) -> str:
    lines = [f"curl {shlex.quote(path)}", "-H 'Content-Type: application/json'"]
    if token:
        lines.append('-H "Authorization: Bearer $EPOCHYARD_TOKEN"')
    lines.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    return " \\\n  ".join(lines)


def _python(path: str, body: dict[str, Any], token: bool) -> str:
    imports = "import os\n\nimport httpx\n\n" if token else "import httpx\n\n"
    lines = "".join(f"        {json.dumps(name)}: {_literal(value)},\n" for name, value in body.items())
    headers = '    headers={"Authorization": f"Bearer {os.environ[\'EPOCHYARD_TOKEN\']}"},\n' if token else ""
    call = f'answer = httpx.post(\n    "{path}",\n    json={{\n{lines}    }},\n{headers})\n'
    return f"{imports}{call}print(answer.json())"


def _literal(value: Any) -> str:
    """In Python's words, with double quotes as the code around it."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{json.dumps(key)}: {_literal(part)}' for key, part in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
