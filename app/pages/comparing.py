"""The comparison of several runs, or groups of them, live while some of them train."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.comparing.comparison_charts import COMPARE_FIGURES, reference
from app.comparing.comparison_view import MOST_LINES, MOST_RUNS, TooMany, View, read
from app.comparing.export_page import file_name, standalone
from app.comparing.group_charts import BESIDE
from app.comparing.matrix_difference import comparable, difference, tidy
from app.comparing.outcome import Outcome, outcome
from app.comparing.too_many import ways_out
from app.comparing.tradeoff import titles
from app.language import describe
from app.language.words import gettext as _
from app.launching.recipes import RECIPES, Recipe
from app.pages.reading import newest_event
from app.statistics.optimism import twins
from app.store.models import Run
from app.watching.verdict import delta_words, points, twin_words
from app.web.dependencies import SessionDep
from app.web.routers import page_router
from app.web.templating import page

router = page_router()

# What a run's own events make grow; the others are drawn anew from the server when an epoch has ended.
GROWING = ("loss", "accuracy")


@dataclass(frozen=True)
class Asked:
    """The view of the address, and what it comes to."""

    request: Request
    session: Session
    view: View

    def page(self, name: str, *parts: str, **more: Any) -> HTMLResponse:
        found = outcome(self.session, self.view)
        view = tidy(found)
        context: dict[str, Any] = {"outcome": found, "view": view, "exported": False, **WORDS}
        for part in parts:
            context |= PARTS[part](found)
        response = page(self.request, name, **context | more)
        # The address says what is shown, and nothing that is as usual.
        response.headers["HX-Replace-Url"] = f"/compare?{view.query()}"
        return response


def asked(request: Request, session: SessionDep) -> Asked:
    return Asked(request, session, read(request.query_params))


AskedDep = Annotated[Asked, Depends(asked)]


@router.get("/compare")
def show(request: Request, session: SessionDep) -> HTMLResponse:
    try:
        view = read(request.query_params)
        if not view.runs:
            return page(request, "compare.html", heading=_("Comparison"), view=view)
        after = newest_event(session)
        return Asked(request, session, view).page("compare.html", *PARTS, after=after)
    except TooMany as error:
        limits: dict[str, Any] = {"most_lines": MOST_LINES, "most_runs": MOST_RUNS}
        ways = ways_out(session, error.runs)
        return page(request, "compare-many.html", runs=error.runs, ways=ways, **limits | WORDS)


@router.get("/compare.html")
def download(asked: AskedDep) -> Response:
    """The whole view as one file that needs no server."""
    response = asked.page("compare-file.html", *PARTS, exported=True, **standalone())
    del response.headers["HX-Replace-Url"]
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(asked.view, "html")}"'
    return response


@router.get("/partials/outcome")
def refresh_outcome(asked: AskedDep) -> HTMLResponse:
    return asked.page("partials/outcome.html", "table")


@router.get("/partials/compared-figures")
def refresh_figures(asked: AskedDep) -> HTMLResponse:
    return asked.page("partials/compared-figures.html", "figures")


@router.get("/partials/matrix-difference")
def refresh_matrices(asked: AskedDep) -> HTMLResponse:
    return asked.page("partials/matrix-difference.html", "matrices")


def _head(found: Outcome) -> dict[str, Any]:
    compared = found.comparison.runs
    recipe = _recipe(compared)
    return {
        "heading": _(recipe.title) if recipe else _("Comparison"),
        "lesson": _(recipe.lesson) if recipe else "",
        "unfinished": any(describe.under_way(run) for run in compared),
        # Runs can be put together by what differs in them, and what they are put together by can be left again.
        "settings": [name for name in found.comparison.differing | dict.fromkeys(found.view.named) if name != "seed"],
        "costs": titles(),
    }


def _table(found: Outcome) -> dict[str, Any]:
    called = {line.id: line.label for line in found.lines}
    pairs = [] if found.together else twins(found.comparison.runs)
    return {"twins": [twin_words(pair, called) for pair in pairs]}


def _settings(found: Outcome) -> dict[str, Any]:
    """Those that differ; a run's never change, so that this part of the page stays as it is."""
    return {
        "differing": [
            (describe.setting_title(name), [describe.setting_value(name, one) for one in values])
            for name, values in found.differing().items()
        ]
    }


def _without(lines: Sequence[str], figure: dict[str, Any]) -> dict[str, Any]:
    """A legend of the figure's own can show them again."""
    for trace in figure["data"]:
        if str(trace.get("meta", {}).get("line")) in lines:
            trace["visible"] = "legendonly"
    return figure


def _figures(found: Outcome) -> dict[str, Any]:
    figures = {name: _without(found.view.hide, draw(found)) for name, draw in COMPARE_FIGURES.items()}
    return {"figures": figures, "growing": GROWING, "course": bool(reference(found.comparison))}


def _matrices(found: Outcome) -> dict[str, Any]:
    return {"matrices": difference(found), "comparable": comparable(found)}


PARTS = {"head": _head, "table": _table, "settings": _settings, "figures": _figures, "matrices": _matrices}
WORDS = {"beside": BESIDE, "points": points, "delta_words": delta_words, "setting_title": describe.setting_title}


def _recipe(compared: list[Run]) -> Recipe | None:
    """The recipe these runs were launched by, when all of them are from one launch of it."""
    groups = {run.group for run in compared}
    group = groups.pop() if len(groups) == 1 else None
    return RECIPES.get(group.split(":")[0]) if group else None
