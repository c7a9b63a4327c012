"""Server-sent events as a client reads them."""

import json
from collections.abc import Iterator
from typing import Any


def events_in(lines: Iterator[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(id, kind, data) of each event that is whole."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}
