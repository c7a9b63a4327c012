"""The data sets that there are, and what each is like."""

from typing import Annotated, Any, Self

from fastapi import Depends, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field

from app.launching.datasets import Dataset, State, find, known
from app.web.dependencies import SettingsDep
from app.web.routers import api_router
from trainer.catalog import DATASETS

router = api_router("catalog", prefix="/api/datasets")

EXAMPLE: dict[str, Any] = {
    "name": "mnist",
    "title": "MNIST",
    "description": "Handwritten digits, 28x28, grey.",
    "built_in": True,
    "state": "ready",
    "problem": "",
    "download_bytes": 11594722,
    "train_images": 60000,
    "test_images": 10000,
    "shape": [1, 28, 28],
    "classes": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
}


class DatasetPublic(BaseModel):
    """A data set; what is only known from its images is null for one of your own whose file cannot be read."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: str
    title: str
    description: str
    built_in: bool
    state: State = Field(description="`ready`; `absent`: the first run fetches it; `damaged`: see `problem`.")
    problem: str = Field(description="Why its file cannot be read; empty where it can.")
    download_bytes: int = Field(description="What fetching it costs; 0 where there is nothing to fetch.")
    train_images: int | None
    test_images: int | None
    shape: tuple[int, int, int] | None = Field(description="Channels, height, width.")
    classes: list[str] | None

    @classmethod
    def of(cls, dataset: Dataset, **more: Any) -> Self:
        """From its file, else from the catalogue."""
        known_of_it = dataset.facts or DATASETS.get(dataset.name)
        names = ("train_images", "test_images", "shape", "classes")
        figures = {name: getattr(known_of_it, name, None) for name in names}
        words = ("name", "title", "description", "built_in", "state", "problem", "download_bytes")
        return cls.model_validate({name: getattr(dataset, name) for name in words} | figures | more)


class ClassCount(BaseModel):
    """How many images of a class there are."""

    name: str
    train: int
    test: int


class DatasetDetail(DatasetPublic):
    """A data set with its class balance."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE | {"class_counts": [{"name": "0", "train": 5923, "test": 980}]}]}
    )

    class_counts: list[ClassCount] = Field(description="In the order of `classes`; empty unless its state is `ready`.")


def get_dataset(
    name: Annotated[str, Path(description="As in the list.", examples=["mnist"])], settings: SettingsDep
) -> Dataset:
    """The data set of that name, for pages too; 404 lists the known ones."""
    dataset = find(name, settings.data_folder)
    if dataset is None:
        names = ", ".join(item.name for item in known(settings.data_folder))
        raise HTTPException(404, f"There is no data set {name!r}; known are {names}.")
    return dataset


DatasetDep = Annotated[Dataset, Depends(get_dataset)]


@router.get("")
def list_datasets(settings: SettingsDep) -> list[DatasetPublic]:
    """The built-in data sets, then those in the data folder."""
    return [DatasetPublic.of(dataset) for dataset in known(settings.data_folder)]


@router.get("/{name}")
def read_dataset(dataset: DatasetDep) -> DatasetDetail:
    """One data set, with the number of images of each class."""
    facts = dataset.facts
    counts = zip(facts.classes, facts.train_counts, facts.test_counts, strict=True) if facts else ()
    listed = [{"name": name, "train": train, "test": test} for name, train, test in counts]
    return DatasetDetail.of(dataset, class_counts=listed)
