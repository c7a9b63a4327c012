"""Takes the token of EPOCHYARD_TOKEN from the sign-in page and gives a cookie for it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.web.dependencies import SettingsDep
from app.web.security import COOKIE, equal, is_local, session_value

router = APIRouter(include_in_schema=False)


@router.post("/login")
def sign_in(
    request: Request, settings: SettingsDep, token: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> RedirectResponse:
    target = next if is_local(next) else "/"
    if settings.token is None:
        return RedirectResponse(target, 303)
    expected = settings.token.get_secret_value()
    if not equal(token, expected):
        return RedirectResponse(f"/login?wrong=1&next={quote(target, safe='')}", 303)
    response = RedirectResponse(target, 303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, session_value(expected), httponly=True, samesite="strict", secure=secure)
    return response
