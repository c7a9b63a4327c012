"""What there is to choose from, and the recipes."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.comparing.comparison_view import MOST_RUNS
from app.launching.recipes import RECIPES, Recipe, new_group, submissions
from app.launching.sizes import sizes
from app.launching.widths import Match, match
from app.lifecycle.run_public import RunPublic
from app.lifecycle.schemas import RunSubmission
from app.lifecycle.submissions import checked, launch, prepared
from app.store.models import LARGEST_ID
from app.web.dependencies import DatabaseDep, MessagesDep, SettingsDep
from app.web.routers import api_router
from trainer.catalog import ARCHITECTURES, DATASETS, defaults, resolve
from trainer.config import FIELDS, Architecture, ConfigError
from trainer.matching import WIDTHS
from trainer.scope import BELONGS, FAMILIES

router = api_router(prefix="/api")


class Catalog(BaseModel):
    """Architectures and data sets with their words, the JSON schema of every setting, and the defaults of a pair."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"architectures": [{"name": "lenet"}], "datasets": [{"name": "mnist"}]}]}
    )

    architectures: list[dict[str, Any]] = Field(description="`settings` are those that not every architecture has.")
    datasets: list[dict[str, Any]]
    fields: dict[str, Any] = Field(description="JSON schema of each setting.")
    defaults: dict[str, dict[str, dict[str, Any]]] = Field(description="Architecture -> data set -> setting -> value.")


class RecipePublic(BaseModel):
    """An experiment: runs that are launched together and compared."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "permutation", "title": "Scrambled pixels"}]})

    name: str
    title: str
    description: str
    lesson: str
    runs: list[dict[str, Any]]

    @classmethod
    def of(cls, recipe: Recipe) -> "RecipePublic":
        runs = [{"label": label, "config": dict(values)} for label, values in recipe.runs]
        return cls(**{name: getattr(recipe, name) for name in ("name", "title", "description", "lesson")}, runs=runs)


def _overriding(name: str) -> Any:
    known = FIELDS[name].metadata
    return Field(None, title=known["title"], description=known["description"], ge=known["ge"], le=known["le"])


class RecipeOverrides(BaseModel):
    """What to change in every run of a recipe."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"epochs": 1, "seed": 3}]})

    epochs: int | None = _overriding("epochs")
    seed: int | None = _overriding("seed")


@router.get("/catalog", tags=["catalog"])
def read_catalog(settings: SettingsDep) -> Catalog:
    """Everything that a form for a new run needs."""
    own = prepared(settings.data_folder)
    built_in = [asdict(info) | {"built_in": True} for info in DATASETS.values()]
    schema = RunSubmission.model_json_schema()["properties"]
    return Catalog(
        architectures=[_architecture(name, title) for title, names in FAMILIES.items() for name in names],
        datasets=built_in + [{"name": name, "title": name, "built_in": False} for name in own],
        fields={name: schema[name] for name in FIELDS},
        defaults={
            architecture: {dataset: _all_defaults(architecture, dataset) for dataset in (*DATASETS, *own)}
            for architecture in ARCHITECTURES
        },
    )


def _architecture(name: str, family: str) -> dict[str, Any]:
    settings = [setting for setting, architectures in BELONGS.items() if name in architectures]
    return asdict(ARCHITECTURES[name]) | {"family": family, "settings": settings}


def _all_defaults(architecture: str, dataset: str) -> dict[str, Any]:
    return {name: item.default for name, item in FIELDS.items()} | defaults(architecture, dataset)


@router.get("/match", tags=["catalog"])
def match_parameters(
    architecture: Annotated[Architecture, Query(description=f"The one to widen: {' or '.join(WIDTHS)}.")],
    like: Annotated[Architecture, Query(description="The one whose parameters are to be matched.")],
    settings: SettingsDep,
    dataset: Annotated[str, Query(description="Decides the images: a built-in one or a file's name.")] = "mnist",
) -> Match:
    """The width that gives one network about as many parameters as another, so that comparing them is fair."""
    config = checked(resolve({"architecture": architecture, "dataset": dataset}), settings.data_folder)
    images = sizes(dataset, settings.data_folder)
    if images is None:
        raise ConfigError({"dataset": f"{dataset}.npz cannot be read as a data set, so that nobody knows its images"})
    return match(config, like, images)


@router.get("/recipes", tags=["recipes"])
def list_recipes() -> list[RecipePublic]:
    """The experiments that one click or one request launches."""
    return [RecipePublic.of(recipe) for recipe in RECIPES.values()]


@router.post("/recipes/{name}", status_code=201, tags=["recipes"])
def launch_recipe(
    name: Annotated[str, Path(examples=["permutation"], description=f"One of {', '.join(RECIPES)}.")],
    database: DatabaseDep,
    messages: MessagesDep,
    overrides: RecipeOverrides | None = None,
) -> list[RunPublic]:
    """Launch all runs of a recipe; they share a `group`."""
    if name not in RECIPES:
        raise HTTPException(404, f"There is no recipe {name!r}; known are {', '.join(RECIPES)}.")
    changes = overrides.model_dump(exclude_none=True) if overrides else {}
    recipe = RECIPES[name]
    launched = launch(database, messages, submissions(recipe, changes), group=new_group(recipe))
    with database.read() as session:
        return RunPublic.each(session, launched)


def run_ids(
    runs: Annotated[str, Query(description="Run ids, comma between them.", examples=["1,2"], max_length=3000)],
) -> list[int]:
    """The ids of a query parameter like 1,2. Raises ConfigError."""
    parts = [part.strip() for part in runs.split(",")]
    numbers = [int(part) for part in parts if part.isascii() and part.isdecimal() and int(part) <= LARGEST_ID]
    if len(numbers) != len(parts) or len(numbers) > MOST_RUNS:
        raise ConfigError({"runs": f"{runs!r} is not accepted; it must be 1 to {MOST_RUNS} run ids like 1,2"})
    return numbers
