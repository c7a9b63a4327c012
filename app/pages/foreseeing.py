"""What the form of a new run shows before anything is launched: the look ahead, the errors, the calls to copy."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from sqlmodel import Session

from app.drawing import sketches
from app.language import describe
from app.language.wording import field_problems
from app.language.words import gettext as _
from app.launching import forecast_words, form_values
from app.launching.calls import calls
from app.launching.grid_forecast import look_ahead
from app.launching.grids import label
from app.lifecycle.schemas import RunSubmission
from app.settings import Settings
from trainer.config import FIELDS, ConfigError

# Of the drawing of the learning rate, in pixels of its own.
CURVE = (240, 56)


def foreseen(request: Request, session: Session, settings: Settings, sent: Mapping[str, str]) -> dict[str, Any]:
    """The context of partials/preview.html."""
    problems = labels_problems(sent)
    try:
        grid, match = form_values.matched(form_values.read(sent), sent, settings.data_folder)
        ahead = look_ahead(session, settings.data_folder, grid)
    except ConfigError as error:
        return {"ahead": None, "problems": error.problems | problems, "match": None, "said": "", "titles": titles()}
    first = ahead.first[0]
    token = settings.token is not None
    return {
        "ahead": ahead,
        "first": first,
        "problems": problems,
        "match": match and {"setting": match.setting, "value": match.value, "words": _near(match, sent)},
        "own": [label(own) for own in ahead.own] if grid.lists else [],
        "said": forecast_words.said(ahead),
        "curve": sketches.curve(first.learning_rate, *CURVE),
        "curve_size": CURVE,
        "calls": calls(str(request.base_url), grid, labels(sent), token=token),
        "words": forecast_words,
    }


def labels(sent: Mapping[str, str]) -> dict[str, Any]:
    """Name, tags and notes as somebody typed them."""
    return {
        "name": sent.get("name", "").strip(),
        "tags": form_values.tags(sent.get("tags", "")),
        "notes": sent.get("notes", "").strip(),
    }


def titles() -> dict[str, str]:
    """What the form calls its fields."""
    own = {"name": _("Name"), "tags": _("Tags"), "notes": _("Notes")}
    return {name: describe.setting_title(name) for name in FIELDS} | own


def labels_problems(sent: Mapping[str, str]) -> dict[str, str]:
    try:
        RunSubmission.model_validate(labels(sent))
    except ValidationError as error:
        return at_fields(error)
    return {}


def at_fields(error: ValidationError) -> dict[str, str]:
    """Field -> what is wrong; a tag's problem belongs to the field of all tags."""
    return {item.field.partition(".")[0]: item.message for item in field_problems(error.errors())}


def _near(match: Any, sent: Mapping[str, str]) -> str:
    return forecast_words.nearness(match, sent[f"match_{match.setting}"])
