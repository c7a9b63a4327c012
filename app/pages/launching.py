"""The form of a new run, and the recipes."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from app import forms, runs
from app.dependencies import CeleryDep, DatabaseDep, SessionDep, SettingsDep
from app.pages.reading import seen
from app.recipes import RECIPES, new_group, submissions
from app.schemas import RunSubmission
from app.settings import Settings
from app.submissions import launch
from app.templating import page
from app.wording import field_problems
from trainer.catalog import resolve
from trainer.config import FIELDS, ConfigError

router = APIRouter()


async def _sent(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


SentDep = Annotated[dict[str, str], Depends(_sent)]


@router.get("/runs/new")
def new_run(request: Request, session: SessionDep, settings: SettingsDep, clone: int | None = None) -> HTMLResponse:
    if clone is None:
        return _form(request, settings, {})
    original = runs.get(session, clone)
    labels = {"name": original.name, "tags": ", ".join(original.tags), "notes": original.notes}
    return _form(request, settings, forms.copied(original.config) | labels, clone=clone)


@router.post("/runs")
def launch_run(
    request: Request, database: DatabaseDep, celery: CeleryDep, settings: SettingsDep, sent: SentDep
) -> Response:
    try:
        values = forms.read(sent)
        submission = RunSubmission.model_validate(
            values
            | {
                "name": sent.get("name", "").strip(),
                "tags": forms.tags(sent.get("tags", "")),
                "notes": sent.get("notes", "").strip(),
            }
        )
        launched = launch(database, celery, [submission], data_folder=settings.data_folder)
    except ConfigError as error:
        return _form(request, settings, sent, errors=error.problems)
    except ValidationError as error:
        # A tag's problem belongs to the field of all tags.
        problems = {item.field.partition(".")[0]: item.message for item in field_problems(error.errors())}
        return _form(request, settings, sent, errors=problems)
    return seen(f"/runs/{launched[0].id}")


@router.post("/recipes/{name}")
def launch_recipe(name: str, database: DatabaseDep, celery: CeleryDep) -> Response:
    if name not in RECIPES:
        raise HTTPException(404, f"There is no recipe {name!r}; known are {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    launched = launch(database, celery, submissions(recipe), group=new_group(recipe))
    return seen(f"/compare?runs={','.join(str(run.id) for run in launched)}")


@router.get("/recipes")
def list_recipes(request: Request) -> HTMLResponse:
    configs = {name: [(label, resolve(values)) for label, values in recipe.runs] for name, recipe in RECIPES.items()}
    return page(request, "recipes.html", recipes=RECIPES, runs=configs, error=None)


def _form(
    request: Request,
    settings: Settings,
    sent: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    clone: int | None = None,
) -> HTMLResponse:
    """The form with what was sent so far; every problem at its field."""
    errors = errors or {}
    architecture = sent.get("architecture") or str(FIELDS["architecture"].default)
    dataset = sent.get("dataset") or str(FIELDS["dataset"].default)
    values = {name: sent.get(name, "") for name in (*FIELDS, "name", "tags", "notes")}
    advanced = forms.fields("advanced")
    context: dict[str, Any] = {
        "values": values | {"architecture": architecture, "dataset": dataset},
        "failed": bool(errors),
        "errors": {name: errors.get(name, "") for name in (*values, "")},
        "architectures": forms.architecture_cards(),
        "datasets": forms.dataset_cards(settings.data_folder),
        "basic": forms.fields("basic"),
        "advanced": advanced,
        "advanced_open": any(values[field.name] or errors.get(field.name) for field in advanced),
        "placeholders": forms.placeholders(architecture, dataset),
        "catalog": forms.catalog(),
        "clone": clone,
    }
    return page(request, "new.html", status_code=422 if errors else 200, **context)
