"""The pages, and the parts of them that refresh by themselves; each file of app/pages has one page's routes."""

from fastapi import APIRouter, Depends, Request

from app import words
from app.pages import comparing, launching, listing, running, signing


async def speak(request: Request) -> None:
    """Answer in the reader's language. A coroutine, so that what it sets reaches the route."""
    words.use(words.choose(request.headers.get("accept-language", ""), request.cookies.get(words.COOKIE)))


router = APIRouter(dependencies=[Depends(speak)], include_in_schema=False)
for part in (listing, launching, running, comparing, signing):
    router.include_router(part.router)
