"""Two kinds of router: the API's, whose errors are described, and the pages', which speak the reader's language."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from app.web import templating
from app.web.problems import MEDIA_TYPE

# On every route; "default" also keeps FastAPI from adding its own 422.
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem document (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def api_router(*tags: str, prefix: str = "") -> APIRouter:
    return APIRouter(prefix=prefix, tags=list(tags), responses=RESPONSES)


def page_router(prefix: str = "") -> APIRouter:
    return APIRouter(prefix=prefix, dependencies=[Depends(_speak)], include_in_schema=False)


async def _speak(request: Request) -> None:
    """Answer in the reader's language. A coroutine, so that what it sets reaches the route."""
    templating.speak(request)
