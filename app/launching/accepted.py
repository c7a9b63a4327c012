"""Why a number is not accepted, in the reader's language; the configuration itself speaks English alone."""

import math
from typing import Any

from app.language.formats import number
from app.language.words import gettext as _
from trainer.config import FIELDS


def outside(name: str, value: Any) -> str | None:
    """What is wrong with a setting's number, where it is outside of the accepted ones; else None."""
    limits = FIELDS[name].metadata
    if type(value) is not int and not (isinstance(value, float) and math.isfinite(value)):
        return None
    told = (
        ("ge", _("at least %(limit)s"), value >= limits.get("ge", value)),
        ("gt", _("greater than %(limit)s"), "gt" not in limits or value > limits["gt"]),
        ("le", _("at most %(limit)s"), value <= limits.get("le", value)),
        ("lt", _("less than %(limit)s"), "lt" not in limits or value < limits["lt"]),
    )
    if all(holds for *_words, holds in told):
        return None
    parts = [words % {"limit": number(limits[key])} for key, words, _holds in told if key in limits]
    words = _("%(value)s is not accepted; it must be %(accepted)s.")
    return words % {"value": number(value), "accepted": _(" and ").join(parts)}
