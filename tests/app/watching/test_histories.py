"""Rows are told as they are, unchecked: their names are those that the API promises."""

from app.watching.histories import FIGURES
from app.watching.results import EpochPublic


def test_rows_have_the_figures_that_the_api_promises() -> None:
    assert tuple(EpochPublic.model_fields) == FIGURES
