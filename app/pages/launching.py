"""The form of a new run, and the recipes."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from app import forms, runs
from app.pages.reading import ReadDep, SettingsDep, seen
from app.recipes import RECIPES
from app.schemas import RunSubmission
from app.settings import Settings
from app.submissions import launch
from app.templating import page
from trainer.catalog import resolve
from trainer.config import FIELDS, ConfigError

router = APIRouter()


async def _sent(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


SentDep = Annotated[dict[str, str], Depends(_sent)]


@router.get("/runs/new")
def new_run(request: Request, session: ReadDep, settings: SettingsDep, clone: int | None = None) -> HTMLResponse:
    if clone is None:
        return _form(request, settings, {})
    original = runs.get(session, clone)
    labels = {"name": original.name, "tags": ", ".join(original.tags), "notes": original.notes}
    return _form(request, settings, forms.copied(original.config) | labels, clone=clone)


@router.post("/runs")
def launch_run(request: Request, settings: SettingsDep, sent: SentDep) -> Response:
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
        launched = launch(
            request.app.state.database, request.app.state.celery, [submission], data_folder=settings.data_folder
        )
    except ConfigError as error:
        return _form(request, settings, sent, errors=error.problems)
    except ValidationError as error:
        problems = {str(item["loc"][0]) if item["loc"] else "": item["msg"] for item in error.errors()}
        return _form(request, settings, sent, errors=problems)
    return seen(f"/runs/{launched[0].id}")


@router.post("/recipes/{name}")
def launch_recipe(request: Request, name: str) -> Response:
    if name not in RECIPES:
        raise HTTPException(404, f"There is no recipe {name!r}; known are {', '.join(RECIPES)}.")
    submissions = [RunSubmission(**{**values, "name": label}) for label, values in RECIPES[name].runs]
    # Runs of one launch share a group, and the group names the recipe whose lesson the comparison tells.
    group = f"{name}:{uuid4().hex[:8]}"
    launched = launch(request.app.state.database, request.app.state.celery, submissions, group=group)
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
