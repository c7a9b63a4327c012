"""Keeps the language that somebody chose at the foot of a page, whatever the browser prefers."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from app.language import words
from app.web.security import is_local

router = APIRouter(include_in_schema=False)
YEAR_SECONDS = 365 * 24 * 3600


@router.post("/language")
def choose(language: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/") -> RedirectResponse:
    response = RedirectResponse(next if is_local(next) else "/", 303)
    if language in words.languages():
        response.set_cookie(words.COOKIE, language, max_age=YEAR_SECONDS, httponly=True, samesite="lax")
    return response
