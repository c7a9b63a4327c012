"""Where a page of a list ended, as an opaque text that leads to the next one."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainer.config import ConfigError


@dataclass(frozen=True)
class Cursor:
    """The sort it belongs to, and the last row's sorted value and id."""

    sort: str
    value: Any
    id: int

    def text(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        return base64.urlsafe_b64encode(json.dumps([self.sort, value, self.id]).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str, kind: type) -> "Cursor":
        """Raises ConfigError when it is no cursor, or one of another order; `kind` is the type of the values."""
        try:
            made, value, run_id = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
            if kind is datetime and value is not None:
                value = datetime.fromisoformat(value)
        except (ValueError, TypeError, binascii.Error, RecursionError):
            raise _refused(text, "is no cursor") from None
        if made != sort:
            raise _refused(text, f"belongs to another order than {sort}")
        fits = value is None or (type(value) is kind) or (kind is float and type(value) is int)
        if not fits or type(run_id) is not int or abs(run_id) >= 2**31:
            raise _refused(text, "is no cursor")
        return cls(sort, value, run_id)


def _refused(text: str, reason: str) -> ConfigError:
    return ConfigError({"cursor": f"{text!r} {reason}; take next_cursor of the page before, with the same sort"})
