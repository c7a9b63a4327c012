"""The form of a new run, and the recipes."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlmodel import Session

from app.launching import form_values, forms
from app.launching.recipes import RECIPES, new_group, submissions
from app.lifecycle import runs
from app.lifecycle.submissions import launch
from app.pages.foreseeing import at_fields, foreseen, labels
from app.pages.reading import seen
from app.settings import Settings
from app.store.models import LARGEST_ID
from app.web.dependencies import DatabaseDep, MessagesDep, SessionDep, SettingsDep
from app.web.routers import page_router
from app.web.templating import page
from trainer.catalog import resolve
from trainer.config import FIELDS, ConfigError

router = page_router()

FORM = (*FIELDS, "name", "tags", "notes", *form_values.MATCHING)
# The check boxes of what is trained as well as the card that is chosen.
ALSO = "also_"


async def _sent(request: Request) -> dict[str, str]:
    """The fields; several of one name, and those that come as well ("also_dataset"), are one list as if typed."""
    async with request.form() as form:
        fields = [(name.removeprefix(ALSO), value) for name, value in form.multi_items() if isinstance(value, str)]
    return {name: ", ".join(text for other, text in fields if other == name) for name, _ in fields}


OriginalId = Annotated[int | None, Query(alias="from", ge=1, le=LARGEST_ID)]
SentDep = Annotated[dict[str, str], Depends(_sent)]


@router.get("/runs/new")
def new_run(request: Request, session: SessionDep, settings: SettingsDep, origin: OriginalId = None) -> HTMLResponse:
    """The form: empty, with what the address says (a lesson's link), with another run's settings, or with both."""
    asked = {name: ", ".join(request.query_params.getlist(name)) for name in request.query_params if name != "from"}
    known = f"is no field of the form; known are from, {', '.join(FORM)}"
    if unknown := {name: known for name in asked if name not in FORM}:
        raise ConfigError(unknown)
    if origin is None:
        return _form(request, session, settings, asked)
    original = runs.get(session, origin)
    told = {"name": original.name, "tags": ", ".join(original.tags), "notes": original.notes}
    return _form(request, session, settings, form_values.copied(original.config) | told | asked, clone=origin)


@router.post("/runs")
def launch_run(
    request: Request, database: DatabaseDep, messages: MessagesDep, settings: SettingsDep, sent: SentDep
) -> Response:
    """One run, or one for every combination where a field names several values."""
    try:
        grid, _ = form_values.matched(form_values.read(sent), sent, settings.data_folder)
        wanted = grid.submissions(labels(sent))
        launched = launch(database, messages, wanted, group=grid.group(), data_folder=settings.data_folder)
    except (ConfigError, ValidationError) as error:
        problems = error.problems if isinstance(error, ConfigError) else at_fields(error)
        with database.read() as session:
            return _form(request, session, settings, sent, errors=problems)
    return seen(grid.page(launched))


@router.post("/runs/preview")
def preview(request: Request, session: SessionDep, settings: SettingsDep, sent: SentDep) -> HTMLResponse:
    """The part of the form that looks ahead; without a script that asks for it, the whole form."""
    if "hx-request" in request.headers:
        return page(request, "partials/preview.html", **foreseen(request, session, settings, sent))
    return _form(request, session, settings, sent)


@router.post("/recipes/{name}")
def launch_recipe(name: str, database: DatabaseDep, messages: MessagesDep) -> Response:
    if name not in RECIPES:
        raise HTTPException(404, f"There is no recipe {name!r}; known are {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    launched = launch(database, messages, submissions(recipe), group=new_group(recipe))
    return seen(f"/compare?runs={','.join(str(run.id) for run in launched)}")


@router.get("/recipes")
def list_recipes(request: Request) -> HTMLResponse:
    configs = {name: [(label, resolve(values)) for label, values in recipe.runs] for name, recipe in RECIPES.items()}
    return page(request, "recipes.html", recipes=RECIPES, runs=configs, error=None)


def _form(
    request: Request,
    session: Session,
    settings: Settings,
    sent: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    clone: int | None = None,
) -> HTMLResponse:
    """The form with what was sent so far; every problem at its field."""
    errors, failed = errors or {}, bool(errors)
    architecture, *architectures = _several(sent, "architecture")
    dataset, *datasets = _several(sent, "dataset")
    values = {name: sent.get(name, "") for name in FORM}
    advanced = forms.fields("advanced")
    ahead = foreseen(request, session, settings, values)
    values |= {"architecture": architecture, "dataset": dataset}
    errors = {**ahead["problems"], **errors}
    context: dict[str, Any] = {
        "values": values,
        "also": {"architecture": architectures, "dataset": datasets},
        "failed": failed,
        "errors": {name: errors.get(name, "") for name in (*values, "")},
        "architectures": forms.architecture_cards(),
        "datasets": forms.dataset_cards(settings.data_folder),
        "basic": forms.fields("basic"),
        "advanced": advanced,
        "advanced_open": any(values[field.name] or errors.get(field.name) for field in advanced),
        "placeholders": forms.placeholders(architecture, dataset),
        "catalog": forms.catalog(),
        "clone": clone,
        "networks": forms.networks(),
    }
    return page(request, "new.html", status_code=422 if failed else 200, **ahead, **context)


def _several(sent: Mapping[str, str], name: str) -> list[str]:
    """The networks or the data sets that were chosen, the one of the card first."""
    return [part.strip() for part in (sent.get(name) or str(FIELDS[name].default)).split(",")]
