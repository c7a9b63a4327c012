"""The test images on a run's page: those of a cell of the confusion matrix, and the most confident mistakes."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from app.settings import Settings
from app.store.models import Run
from app.watching.predictions import Predictions, absence
from app.web.dependencies import RunDep, SettingsDep
from app.web.routers import page_router
from app.web.templating import page

router = page_router("/runs/{run_id:int}/partials")

# Of one cell, and of all mistakes: two rows on a wide screen.
MOST = 24


@dataclass(frozen=True)
class Tile:
    """A test image with what is said of it."""

    index: int
    true: str
    predicted: str
    probability: float
    # Its header has width and height as two big-endian words.
    png: bytes

    @property
    def source(self) -> str:
        """A data address: a picture has 300 to 2,500 bytes, for which a request each would take longer."""
        return f"data:image/png;base64,{b64encode(self.png).decode()}"

    @property
    def width(self) -> int:
        return int.from_bytes(self.png[16:20])

    @property
    def height(self) -> int:
        return int.from_bytes(self.png[20:24])


def mistakes(settings: Settings, run: Run) -> dict[str, Any]:
    """For the results of a run: the surest of its `mistakes`; None where it has no predictions (yet)."""
    found = Predictions.of(settings, run)
    return {"mistakes": None if found is None else _tiles(found, found.mistakes())}


@router.get("/predictions")
def show_cell(
    request: Request,
    run: RunDep,
    settings: SettingsDep,
    cell: Annotated[str, Query(pattern=r"^\d{1,5}-\d{1,5}$", description="Numbers of the true and the other class.")],
) -> HTMLResponse:
    found = Predictions.of(settings, run)
    if found is None:
        raise HTTPException(404, absence(run))
    true, predicted = map(int, cell.split("-"))
    if max(true, predicted) >= len(found.classes):
        raise HTTPException(404, f"Run {run.id} has {len(found.classes)} classes and no cell {cell}.")
    images = found.hits(true) if true == predicted else found.mistakes(true, predicted)
    return page(
        request,
        "partials/predictions.html",
        run=run,
        label=found.classes[true],
        predicted=found.classes[predicted],
        tiles=_tiles(found, images),
        total=len(images),
    )


def _tiles(found: Predictions, indices: Sequence[int]) -> list[Tile]:
    """Of the first ones of which there is a picture."""
    pictures = [(found[index], found.picture(index)) for index in indices[:MOST]]
    return [
        Tile(each.index, found.classes[each.true], found.classes[each.predicted], each.probability, png)
        for each, png in pictures
        if png is not None
    ]
