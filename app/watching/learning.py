"""Which class a run learned when: hits of each class after each epoch, on the split that chooses."""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from app.statistics.optimism import selection
from app.store.models import Epoch, Run
from app.watching.results import class_names


class Learning(BaseModel):
    """`correct[i][j]` counts the images of class j that were recognised after `epochs[i]`, of `totals[j]`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "split": "validation",
                    "classes": ["cat", "dog"],
                    "totals": [500, 500],
                    "epochs": [1, 2],
                    "correct": [[310, 402], [388, 421]],
                }
            ]
        }
    )

    split: str = Field(description="validation or test")
    classes: list[str]
    totals: list[int]
    epochs: list[int]
    correct: list[list[int]]

    @classmethod
    def of(cls, session: Session, run: Run, after: int = 0) -> "Learning":
        """Of the epochs behind `after`."""
        wanted = select(Epoch.epoch, Epoch.confusion).where(Epoch.run_id == run.id, col(Epoch.epoch) > after)
        rows = [row for row in session.exec(wanted.order_by(col(Epoch.epoch))) if row[1]]
        newest = rows[-1][1] if rows else []
        return cls(
            split=selection(run),
            classes=class_names(run, len(newest)),
            totals=[sum(row) for row in newest],
            epochs=[epoch for epoch, _confusion in rows],
            correct=[[row[index] for index, row in enumerate(confusion)] for _epoch, confusion in rows],
        )
