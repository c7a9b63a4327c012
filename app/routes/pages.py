"""The pages, and the parts of them that refresh by themselves; each file of app/pages has one page's routes."""

from fastapi import APIRouter, Depends, Request

from app.pages import (
    comparing,
    datasets,
    explaining,
    launching,
    learning,
    listing,
    predicting,
    recording,
    running,
    signing,
    working,
)
from app.web import templating


async def speak(request: Request) -> None:
    """Answer in the reader's language. A coroutine, so that what it sets reaches the route."""
    templating.speak(request)


router = APIRouter(dependencies=[Depends(speak)], include_in_schema=False)
for part in (
    listing,
    launching,
    running,
    predicting,
    recording,
    learning,
    working,
    comparing,
    signing,
    explaining,
    datasets,
):
    router.include_router(part.router)
