"""The list of runs by group: who belongs together, and what their accuracies say together."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.comparing.comparison_schemas import SpreadPublic
from app.comparing.grouping import SEED
from app.table.group_table import GroupPage, find_groups, settings_of
from app.table.listing import NEWEST_FIRST, Filter
from app.web.dependencies import SessionDep
from app.web.routers import api_router

router = api_router("runs", prefix="/api/groups")

EXAMPLE: dict[str, Any] = {
    "id": 5,
    "label": "LeNet-5 on MNIST, Learning rate 0.01",
    "runs": [5, 4, 3],
    "differing": {"learning_rate": 0.01},
    "where": ["learning_rate=0.01"],
    "best": {"n": 3, "mean": 0.992, "sd": 0.0004, "low": 0.991, "high": 0.993},
    "test": {"n": 3, "mean": 0.991, "sd": 0.0006, "low": 0.9895, "high": 0.9925},
    "optimistic": False,
}


class GroupQuery(Filter):
    """Which runs, what puts them together, and in which order the groups come."""

    by: str = Field(
        SEED,
        max_length=500,
        description="`seed` puts together what differs in nothing but the seed; else settings, comma between them.",
        examples=["seed", "architecture,learning_rate"],
    )
    sort: Literal["id", "-id", "best_accuracy", "-best_accuracy", "test_accuracy", "-test_accuracy"] = Field(
        NEWEST_FIRST, description="By the newest run, or by a mean; a minus in front turns the order round."
    )
    limit: int = Field(50, ge=1, le=500, description="At most so many groups.")
    skip: int = Field(0, ge=0, le=10**6, description="`next_skip` of the answer before.")

    @field_validator("by")
    @classmethod
    def _known(cls, value: str) -> str:
        if not settings_of(value):
            raise ValueError(f"must be {SEED!r} (everything but the seed), or settings, comma between them")
        return value


class GroupRowPublic(BaseModel):
    """Runs that belong together, and what they say together."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: int = Field(description="Its newest run.")
    label: str
    runs: list[int] = Field(description="The newest first.", validation_alias="ids")
    differing: dict[str, Any] = Field(description="The settings that tell it from the other groups.")
    where: list[str] = Field(description="The same as conditions: with them the list has these runs alone.")
    best: SpreadPublic | None = Field(description="Best accuracy on the selection split; null before there is one.")
    test: SpreadPublic | None = Field(description="Test accuracy of the best checkpoints.")
    optimistic: bool = Field(description="Whether some of them chose their checkpoint on the test split.")


class GroupsPublic(BaseModel):
    """Some of the groups; `next_skip` leads to the following ones."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"groups": [EXAMPLE], "total": 1, "runs": 3, "next_skip": None}]}
    )

    groups: list[GroupRowPublic]
    total: int = Field(description="All groups, on this page or not.")
    runs: int = Field(description="All runs in them.")
    next_skip: int | None

    @classmethod
    def of(cls, found: GroupPage, skip: int) -> "GroupsPublic":
        following = skip + len(found.rows)
        groups = [GroupRowPublic.model_validate(row) for row in found.rows]
        more = following if following < found.total else None
        return cls(groups=groups, total=found.total, runs=found.runs, next_skip=more)


@router.get("")
def list_groups(session: SessionDep, query: Annotated[GroupQuery, Query()]) -> GroupsPublic:
    """Runs that match every filter, put together, with mean, standard deviation, 95 % interval and number of runs."""
    found = find_groups(session, query, query.by, sort=query.sort, limit=query.limit, skip=query.skip)
    return GroupsPublic.of(found, query.skip)
