"""The page that asks for the token; the API's login route takes it."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.language.words import gettext as _
from app.web.routers import page_router
from app.web.templating import page

router = page_router()


@router.get("/login")
def sign_in(request: Request, next: str = "/", wrong: bool = False) -> HTMLResponse:
    error = _("This is not the token. It is the value of EPOCHYARD_TOKEN where the web process runs.") if wrong else ""
    return page(request, "login.html", error=error, next=next)
