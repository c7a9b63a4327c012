"""What the API takes and gives, as pydantic models; a submission's settings are RunConfig's own fields."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from app import describe, evidence
from app.models import Run, RunStatus
from app.optimism import selection
from app.wording import TAG_PATTERN, TEXT_PATTERN
from trainer.catalog import ARCHITECTURES, DATASETS
from trainer.config import FIELDS, TYPES

Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=TAG_PATTERN, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)]
Notes = Annotated[str, StringConstraints(max_length=10_000, pattern=TEXT_PATTERN)]


def default_words(name: str) -> str:
    """What a setting is when nobody sets it, in words."""
    tables = (ARCHITECTURES, DATASETS)
    special: dict[Any, list[str]] = {}
    for table in tables:
        for key, info in table.items():
            if name in info.defaults:
                special.setdefault(info.defaults[name], []).append(key)
    if not special:
        return f"Default: {_plain(FIELDS[name].default)}."
    return f"Default: {'; '.join(f'{_plain(value)} for ' + ', '.join(keys) for value, keys in special.items())}."


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# The metadata's keys are only known when it is read.
limited: Any = Field


def _settings() -> dict[str, Any]:
    """Every field of RunConfig, optional, with its words and limits; pydantic reads the same metadata."""
    made: dict[str, Any] = {}
    for name, item in FIELDS.items():
        metadata = dict(item.metadata)
        metadata["description"] = f"{metadata['description']} {default_words(name)}"
        finite = {"allow_inf_nan": False} if TYPES[name] is float else {}
        # The limits belong to the value, not to its absence.
        made[name] = (
            Annotated[TYPES[name], limited(**metadata, **finite)] | None,
            Field(None, title=metadata["title"], description=metadata["description"]),
        )
    return made


if TYPE_CHECKING:
    Settings = BaseModel
else:
    Settings = create_model("Settings", **_settings())

EXAMPLES: list[Any] = [
    {"architecture": "lenet", "dataset": "mnist", "epochs": 10, "name": "LeNet", "tags": ["course"]},
    {"architecture": "cnn", "dataset": "digits", "permute": True, "permutation_seed": 7, "epochs": 1},
]


class RunSubmission(Settings):
    """A run to launch. Whatever is left out is the catalogue's default for the architecture and the data set."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": EXAMPLES})

    name: Name = Field("", title="Name", description="What to call it.")
    tags: list[Tag] = Field([], title="Tags", description="Words to find it by.", max_length=20)
    notes: Notes = Field("", title="Notes", description="Anything worth remembering.")

    def settings(self) -> dict[str, Any]:
        """What was set of the configuration."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}


class LabelChange(BaseModel):
    """New words for a run; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"name": "Baseline", "tags": ["good"]}]}
    )

    name: Name | None = None
    tags: list[Tag] | None = Field(None, max_length=20)
    notes: Notes | None = None


RUN_EXAMPLE: dict[str, Any] = {
    "id": 7,
    "status": "running",
    "name": "LeNet",
    "tags": ["course"],
    "config": {"architecture": "lenet", "dataset": "mnist", "epochs": 10},
    "progress": 0.35,
    "epoch": 3,
    "epochs": 10,
    "best_epoch": 3,
    "best_accuracy": 0.9862,
    "parameters": 61706,
    "device": "cpu",
}


class RunPublic(BaseModel):
    """A run as others see it. Accuracies are fractions, times are UTC."""

    model_config = ConfigDict(json_schema_extra={"examples": [RUN_EXAMPLE]})

    id: int
    status: RunStatus
    name: str
    tags: list[str]
    notes: str
    group: str | None = Field(description="Shared by runs that were launched together.")
    config: dict[str, Any] = Field(description="The whole configuration, defaults filled in.")
    progress: float = Field(description="From 0 to 1.")
    epoch: int = Field(description="Epochs that are finished.")
    epochs: int
    best_epoch: int | None
    best_accuracy: float | None = Field(description="On the selection split.")
    test_loss: float | None
    test_accuracy: float | None = Field(description="Of the best checkpoint, tested once at the end.")
    test_interval: tuple[float, float] | None = Field(description="Its 95 % interval (Wilson).")
    parameters: int | None
    device: str | None
    selection: str = Field(
        description="The split that chooses the best checkpoint: validation, or test, which makes its test accuracy "
        "the best of many and so optimistic."
    )
    message: str | None = Field(description="What it is doing, while that is more than training.")
    error: str | None
    attempt: int = Field(description="How many workers have taken it up.")
    worker: str | None
    cancel_requested_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(description="An estimate; null before there is any.")

    @classmethod
    def of(cls, run: Run) -> "RunPublic":
        found: dict[str, Any] = {
            "selection": selection(run),
            "test_interval": evidence.interval(run),
            "seconds_left": describe.seconds_left(run),
        }
        columns = {name: getattr(run, name) for name in cls.model_fields if name not in found}
        return cls(**columns, **found)


class RunPage(BaseModel):
    """Some of the runs that were asked for; `next_cursor` leads to the following ones."""

    runs: list[RunPublic]
    next_cursor: str | None
    total: int = Field(description="All that match, on this page or not.")
