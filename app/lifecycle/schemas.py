"""What the API takes to make a run or to change one; a submission's settings are RunConfig's own fields."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from app.language.wording import TAG_PATTERN, TEXT_PATTERN
from app.store.models import PRIORITY, Run
from trainer.catalog import ARCHITECTURES, DATASETS, defaults
from trainer.config import FIELDS, TYPES

Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=TAG_PATTERN, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)]
Notes = Annotated[str, StringConstraints(max_length=10_000, pattern=TEXT_PATTERN)]
Priority = Annotated[int, Field(ge=0, le=9)]


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


def changed(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a whole configuration that are not the catalogue's default for its pair."""
    usual = {name: item.default for name, item in FIELDS.items()} | defaults(config["architecture"], config["dataset"])
    return {name: config[name] for name in FIELDS if name in config and config[name] != usual[name]}


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
    priority: Priority = Field(PRIORITY, title="Priority", description="Runs of a higher one are trained first.")

    def settings(self) -> dict[str, Any]:
        """What was set of the configuration."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}


class RunEdits(RunSubmission):
    """What a clone has of its own; a setting that is null is the catalogue's default again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"epochs": 20}, {"seed": 3, "name": "once more"}]})

    def of(self, original: Run) -> RunSubmission:
        """The copy of `original` with these edits, at the end of the queue.

        What the original did not set stays at the catalogue's default, for another architecture at that one's.
        """
        set_by_hand = changed(original.config) | {name: original.config[name] for name in ("architecture", "dataset")}
        labels = {"name": original.name, "tags": original.tags, "notes": original.notes}
        edits = {name: getattr(self, name) for name in self.model_fields_set}
        return RunSubmission(**(set_by_hand | labels | edits))


class LabelChange(BaseModel):
    """New words for a run; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"name": "Baseline", "tags": ["good"]}]}
    )

    name: Name | None = None
    tags: list[Tag] | None = Field(None, max_length=20)
    notes: Notes | None = None
