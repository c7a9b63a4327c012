"""Answers for whom thousands of figures are one click: JSON of what needs no second look."""

from typing import Any

from fastapi.responses import JSONResponse
from pydantic_core import to_json


class Plain(JSONResponse):
    """JSON of plain rows, and of models that were just made; FastAPI's own way checks everything once more."""

    def render(self, content: Any) -> bytes:
        # What is not a number is null, as in every other answer.
        return to_json(content, inf_nan_mode="null")
