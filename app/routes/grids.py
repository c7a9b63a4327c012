"""Looking ahead before launching, and launching several runs at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.language.wording import field_problems
from app.launching.forecast import Forecast, Forecaster
from app.launching.grid_forecast import GridForecast, look_ahead
from app.launching.grids import MOST, Grid
from app.lifecycle.run_public import RunPublic
from app.lifecycle.schemas import Name, Notes, Priority, RunSubmission, Settings, Tag
from app.lifecycle.submissions import launch
from app.store.models import PRIORITY
from app.web.dependencies import DatabaseDep, MessagesDep, SessionDep, SettingsDep
from app.web.routers import api_router
from trainer.config import FIELDS, ConfigError

router = api_router(prefix="/api")


class GridConfig(Settings):
    """What all runs of a grid share; whatever is left out is the catalogue's default."""

    model_config = ConfigDict(extra="forbid", strict=True)


class GridSubmission(BaseModel):
    """Runs to launch together: one for every combination of the values in `grid`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "config": {"architecture": "lenet", "dataset": "mnist", "epochs": 3},
                    "grid": {"learning_rate": [0.1, 0.01], "seed": [0, 1, 2]},
                    "name": "sweep",
                }
            ]
        },
    )

    config: GridConfig = Field(default_factory=GridConfig, description="Settings that all of them share.")
    grid: dict[str, list[Any]] = Field(description=f"Setting -> its values; {MOST} runs at most.", min_length=1)
    name: Name = Field("", description="Followed by what a run has of its own, seeds aside.")
    tags: list[Tag] = Field([], max_length=20)
    notes: Notes = ""
    priority: Priority = Field(PRIORITY, description="Runs of a higher one are trained first.")

    def expanded(self) -> Grid:
        shared = {name: value for name in FIELDS if (value := getattr(self.config, name)) is not None}
        return Grid(shared, self.grid)

    def labels(self) -> dict[str, Any]:
        return {"name": self.name, "tags": self.tags, "notes": self.notes, "priority": self.priority}


@contextmanager
def _placed(grid: Grid) -> Iterator[None]:
    """Problems are told where the setting stands in the body: grid.learning_rate, config.epochs."""
    try:
        yield
    except ValidationError as error:
        found = {problem.field: problem.message for problem in field_problems(error.errors())}
        raise ConfigError(_places(grid, found)) from None
    except ConfigError as error:
        raise ConfigError(_places(grid, error.problems)) from None


def _places(grid: Grid, problems: dict[str, str]) -> dict[str, str]:
    parts = dict.fromkeys(grid.lists, "grid") | {name: "config" for name in FIELDS if name not in grid.lists}
    return {f"{parts[name]}.{name}" if name in parts else name: words for name, words in problems.items()}


@router.post("/grids", status_code=201, tags=["runs"])
def launch_grid(
    submission: GridSubmission, database: DatabaseDep, messages: MessagesDep, settings: SettingsDep
) -> list[RunPublic]:
    """Launch every combination, all or none; the runs share a `group`."""
    grid = submission.expanded()
    with _placed(grid):
        wanted = grid.submissions(submission.labels())
        launched = launch(database, messages, wanted, group=grid.group(), data_folder=settings.data_folder)
    with database.read() as session:
        return RunPublic.each(session, launched)


@router.post("/grids/preview", tags=["runs"])
def preview_grid(submission: GridSubmission, session: SessionDep, settings: SettingsDep) -> GridForecast:
    """What the grid would launch, and about how long all of it takes; nothing is launched."""
    grid = submission.expanded()
    with _placed(grid):
        return look_ahead(session, settings.data_folder, grid)


@router.post("/runs/preview", tags=["runs"])
def preview_run(submission: RunSubmission, session: SessionDep, settings: SettingsDep) -> Forecast:
    """What the run would be: parameters, steps, about how long it takes, its turn. Nothing is launched."""
    (found,) = Forecaster(session, settings.data_folder).each([submission.settings()])
    return found
