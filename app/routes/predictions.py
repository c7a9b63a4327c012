"""What a run's best checkpoint took the test images for: its mistakes, image by image."""

from typing import Annotated

from fastapi import Depends, HTTPException, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.watching.predictions import Predictions, absence
from app.web.dependencies import RunDep, SettingsDep
from app.web.routers import api_router
from trainer.config import ConfigError

router = api_router("results", prefix="/api/runs/{run_id}")


class Mistake(BaseModel):
    """A test image that was taken for another class."""

    index: int = Field(description="Its place in the test split, from 0.")
    true: str
    predicted: str
    probability: float = Field(description="Of the predicted class (softmax), 0 to 1.")
    image: str | None = Field(description="Where there is a picture of it; null where none was kept.")


class Mistakes(BaseModel):
    """Mistakes of the best checkpoint on the test split, the most confident one first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "epoch": 8,
                    "total": 57,
                    "mistakes": [
                        {
                            "index": 4022,
                            "true": "cat",
                            "predicted": "dog",
                            "probability": 0.998,
                            "image": "/api/runs/1/predictions/4022.png",
                        }
                    ],
                }
            ]
        }
    )

    epoch: int = Field(description="Of the best checkpoint.")
    total: int = Field(description="How many there are, those beyond `limit` included.")
    mistakes: list[Mistake]


def get_predictions(run: RunDep, settings: SettingsDep) -> Predictions:
    found = Predictions.of(settings, run)
    if found is None:
        raise HTTPException(404, absence(run))
    return found


PredictionsDep = Annotated[Predictions, Depends(get_predictions)]
ClassName = Annotated[str | None, Query(description="A class by its name, or by its number from 0.")]


@router.get("/mistakes")
def list_mistakes(
    run: RunDep,
    found: PredictionsDep,
    true: ClassName = None,
    predicted: ClassName = None,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 24,
) -> Mistakes:
    """The best checkpoint's mistakes on the test split, the most confident one first."""
    cell = [
        None if given is None else found.place(field, given)
        for field, given in (("true", true), ("predicted", predicted))
    ]
    if None not in cell and cell[0] == cell[1]:
        raise ConfigError({"predicted": f"{predicted!r} is the true class: an image taken for that is no mistake"})
    mistakes = found.mistakes(*cell)
    listed = [
        Mistake(
            index=each.index,
            true=found.classes[each.true],
            predicted=found.classes[each.predicted],
            probability=each.probability,
            image=f"/api/runs/{run.id}/predictions/{each.index}.png" if each.pictured else None,
        )
        for each in map(found.__getitem__, mistakes[:limit])
    ]
    return Mistakes(epoch=found.epoch, total=len(mistakes), mistakes=listed)


@router.get(
    "/predictions/{index}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {"example": "(PNG)"}}}},
)
def read_picture(
    run: RunDep, found: PredictionsDep, index: Annotated[int, Path(ge=0, description="In the test split.")]
) -> Response:
    """A test image, with its pixels in place; the telling ones are kept."""
    picture = found.picture(index)
    if picture is None:
        raise HTTPException(404, f"Run {run.id} keeps no picture of test image {index}; its mistakes say which.")
    return Response(picture, media_type="image/png")
