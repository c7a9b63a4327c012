"""What a setting accepts, by its type and its limits, and what is said of a value that it does not.

Standard library only. `limits` is a field's metadata: ge, gt, le, lt.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin


class ConfigError(ValueError):
    """A configuration that cannot be trained; `problems` maps each field to what is wrong and what is accepted."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in self.problems.items()))


def choices(kind: Any) -> tuple[str, ...]:
    """The values of a type that has only a few, else nothing."""
    return get_args(kind) if get_origin(kind) is Literal else ()


def problem(kind: Any, limits: Mapping[str, Any], value: Any) -> str | None:
    """What is wrong with `value`, in words, or None."""
    if known := choices(kind):
        return None if value in known else f"{value!r} is unknown; known are {', '.join(known)}"
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        return f"{value!r} is not of type {kind.__name__}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value!r} is not a finite number"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _outside(value, limits)
    return None


def _outside(value: float, limits: Mapping[str, Any]) -> str | None:
    checks: dict[str, tuple[str, Callable[[float], bool]]] = {
        "ge": ("at least", lambda limit: value >= limit),
        "gt": ("greater than", lambda limit: value > limit),
        "le": ("at most", lambda limit: value <= limit),
        "lt": ("less than", lambda limit: value < limit),
    }
    present = [(words, limits[key], holds) for key, (words, holds) in checks.items() if key in limits]
    if all(holds(limit) for _, limit, holds in present):
        return None
    accepted = " and ".join(f"{words} {limit:g}" for words, limit, _ in present)
    return f"{value!r} is not accepted; it must be {accepted}"
