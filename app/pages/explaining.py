"""The glossary: every word that the pages explain, on one page."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.web.routers import page_router
from app.web.templating import page

router = page_router()


@router.get("/glossary")
def glossary(request: Request) -> HTMLResponse:
    return page(request, "glossary.html")
