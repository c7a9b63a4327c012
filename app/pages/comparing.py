"""The comparison of several runs, live while some of them train."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app import describe
from app.charts import COMPARE_FIGURES
from app.compare import compare
from app.comparison_charts import names
from app.dependencies import SessionDep
from app.models import Run
from app.optimism import chosen_on_test, twins
from app.pages.reading import accuracy_interval, newest_event
from app.recipes import RECIPES, Recipe
from app.templating import page
from app.verdict import twin_words
from app.words import gettext as _

router = APIRouter()


def _chosen(request: Request) -> list[int]:
    """?runs=1,2 as our links say it, and ?runs=1&runs=2 as a plain form sends it."""
    asked = ",".join(request.query_params.getlist("runs")).split(",")
    return list(dict.fromkeys(int(text) for text in asked if text.strip().isdecimal()))


IdsDep = Annotated[list[int], Depends(_chosen)]


@router.get("/compare")
def show(request: Request, session: SessionDep, ids: IdsDep) -> HTMLResponse:
    return page(request, "compare.html", **_context(session, ids))


@router.get("/partials/outcome")
def refresh_outcome(request: Request, session: SessionDep, ids: IdsDep) -> HTMLResponse:
    return page(request, "partials/outcome.html", **_context(session, ids))


@router.get("/partials/class-comparison")
def refresh_classes(request: Request, session: SessionDep, ids: IdsDep) -> HTMLResponse:
    return page(request, "partials/class-comparison.html", **_context(session, ids))


def _context(session: Session, ids: list[int]) -> dict[str, Any]:
    after = newest_event(session)
    if not ids:
        return {"heading": _("Comparison"), "runs": [], "lesson": "", "unfinished": False, "after": after, "ids": ""}
    comparison = compare(session, ids)
    compared = list(comparison.runs)
    recipe, called = _recipe(compared), names(compared)
    return {
        "after": after,
        "ids": ",".join(map(str, ids)),
        "runs": compared,
        "names": called,
        "optimistic_runs": any(map(chosen_on_test, compared)),
        "twins": [twin_words(pair, called) for pair in twins(compared)],
        "heading": _(recipe.title) if recipe else _("Comparison"),
        "lesson": _(recipe.lesson) if recipe else "",
        "unfinished": any(describe.under_way(run) for run in compared),
        "intervals": {run.id: accuracy_interval(run) or "–" for run in compared},
        "differing": [
            {
                "title": describe.setting_title(key),
                "values": [describe.setting_value(key, values[run.id or 0]) for run in compared],
            }
            for key, values in comparison.differing.items()
        ],
        "figures": {name: figure(comparison) for name, figure in COMPARE_FIGURES.items()},
    }


def _recipe(compared: list[Run]) -> Recipe | None:
    """The recipe these runs were launched by, when all of them are from one launch of it."""
    groups = {run.group for run in compared}
    group = groups.pop() if len(groups) == 1 else None
    return RECIPES.get(group.split(":")[0]) if group else None
