"""The glossary: every word that the pages explain, on one page."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.web.templating import page

router = APIRouter()


@router.get("/glossary")
def glossary(request: Request) -> HTMLResponse:
    return page(request, "glossary.html")
