"""What is wrong with a field, in our own words: pydantic's errors made readable."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, Field

from trainer.config import FIELDS, TYPES, choices

KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
LIMITS = {"ge": "at least", "gt": "greater than", "le": "at most", "lt": "less than"}
# Quotes and backslashes would need escaping wherever tags are stored or searched; a comma separates tags in forms.
TAG_PATTERN = r'^[^"\\,\x00-\x1f]+$'
# PostgreSQL's text holds no NUL.
TEXT_PATTERN = r"^[^\x00]*$"
PATTERNS = {
    TAG_PATTERN: "text without quotes, backslashes, commas and control characters",
    TEXT_PATTERN: "text without NUL characters",
}
# A value this long is not repeated whole.
SHOWN = 200


class FieldProblem(BaseModel):
    """One field that is not accepted."""

    field: str = Field(description="Its name; empty where the whole body is meant.")
    value: Any = Field(description="What was sent.")
    message: str = Field(description="What is wrong, for people.")
    accepted: str = Field(description="What would be accepted; empty where the message says it all.")

    @classmethod
    def of(cls, field: str, value: Any, message: str, accepted: str | None = None) -> "FieldProblem":
        told = accepted if accepted is not None else accepted_by(field)
        return cls(field=field, value=_shown(value), message=message, accepted=told)


def field_problems(errors: Sequence[Mapping[str, Any]], route: Any = None) -> list[FieldProblem]:
    """What pydantic found, one entry a field; `route` is FastAPI's, to name the fields that it knows."""
    return [_problem(error, route) for error in errors]


def accepted_by(name: str) -> str:
    """What a setting of a run accepts, in words; empty for anything else."""
    if name not in FIELDS:
        return ""
    if known := choices(name):
        return f"one of {', '.join(known)}"
    limits = FIELDS[name].metadata
    said = " and ".join(f"{words} {limits[key]:g}" for key, words in LIMITS.items() if key in limits)
    return f"{KINDS[TYPES[name]]}, {said}" if said else KINDS[TYPES[name]]


def _problem(error: Mapping[str, Any], route: Any) -> FieldProblem:
    place, *path = error["loc"] or ("",)
    if place not in ("body", "query", "path", "header"):
        place, path = "", list(error["loc"])
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "")
        return FieldProblem.of("", None, f"The body is no JSON: {reason}.", "a JSON object")
    field, value = ".".join(map(str, path)), error.get("input")
    if error["type"] == "extra_forbidden":
        known = error.get("ctx", {}).get("known") or _known(place, route)
        accepted = f"known are {', '.join(known)}" if known else "nothing of this name"
        return FieldProblem.of(field, value, f"is not known here; {accepted}", accepted)
    if error["type"] == "missing":
        words, expected = ("is missing", None) if field else ("The body is missing", "a JSON object")
        return FieldProblem.of(field, None, words, expected)
    accepted = accepted_by(field) or _limits(error)
    said = str(error["msg"]).removeprefix("Value error, ")
    message = f"{_shown(value)!r} is not accepted; it must be {accepted}" if accepted else said
    return FieldProblem.of(field, value, message, accepted)


def _limits(error: Mapping[str, Any]) -> str:
    """What pydantic says it expected."""
    context = error.get("ctx", {})
    if error["type"].startswith(("greater", "less")):
        return " and ".join(f"{words} {context[key]}" for key, words in LIMITS.items() if key in context)
    if error["type"] in ("enum", "literal_error"):
        return f"one of {str(context['expected']).replace(chr(39), '').replace(' or ', ', ')}"
    if error["type"] == "string_too_long":
        return f"text of at most {context['max_length']} characters"
    if error["type"] == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], "")
    if error["type"] == "too_long":
        return f"at most {context['max_length']} entries"
    if error["type"].startswith("int_"):
        return "a whole number"
    return ""


def _known(place: str, route: Any) -> list[str]:
    """The fields of the route's body or query model."""
    if place == "body":
        candidates = [getattr(route, "body_field", None)]
    else:
        candidates = list(getattr(getattr(route, "dependant", None), "query_params", ()))
    names: list[str] = []
    for candidate in candidates:
        if candidate is None:
            continue
        kind = candidate.field_info.annotation
        for model in (kind, *get_args(kind)):
            if isinstance(model, type) and issubclass(model, BaseModel):
                names += list(model.model_fields)
    return names


def _shown(value: Any) -> Any:
    """The value as JSON can carry it; what is too long or no plain value is cut or described."""
    if isinstance(value, bool | int | None):
        # A whole number of thousands of digits is no use to anybody.
        return value if value is None or abs(value) < 10**SHOWN else "a number too long to show"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
