"""The list of runs: filtered, sorted, live."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlmodel import Session

from app import describe, runs
from app.dependencies import SessionDep
from app.listing import RunQuery, find
from app.pages.reading import given, newest_event
from app.templating import page
from app.words import gettext as _
from trainer.catalog import ARCHITECTURES, DATASETS

router = APIRouter()

FILTERS = ("status", "architecture", "dataset", "permute")


@dataclass(frozen=True)
class Column:
    """A column's head: where a click on it leads, and the order it has now (aria-sort)."""

    title: str
    href: str | None
    order: str | None
    numeric: bool


def _query(request: Request) -> RunQuery:
    """The query of the address; a select left at "all" sends an empty value, which asks for nothing."""
    try:
        return RunQuery.model_validate(given(dict(request.query_params)))
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


QueryDep = Annotated[RunQuery, Depends(_query)]


@router.get("/")
def list_runs(request: Request, session: SessionDep, query: QueryDep) -> HTMLResponse:
    return page(request, "runs.html", **_context(request, session, query))


@router.get("/partials/runs")
def refresh_list(request: Request, session: SessionDep, query: QueryDep) -> HTMLResponse:
    return page(request, "partials/runs.html", **_context(request, session, query))


@router.get("/partials/rows")
def load_more(request: Request, session: SessionDep, query: QueryDep) -> HTMLResponse:
    return page(request, "partials/rows.html", **_context(request, session, query))


@router.get("/runs/{run_id}/partials/row")
def refresh_row(request: Request, session: SessionDep, run_id: int) -> HTMLResponse:
    return page(request, "partials/row.html", run=runs.get(session, run_id))


def _context(request: Request, session: Session, query: RunQuery) -> dict[str, Any]:
    after = newest_event(session)
    found = find(session, query)
    asked = given({name: value for name, value in request.query_params.items() if name != "cursor"})
    return {
        "after": after,
        "found": found,
        "query": query,
        "chosen": {name: asked.get(name) for name in FILTERS},
        "filters": _filters(),
        "filtered": any(name in asked for name in (*FILTERS, "text", "tag", "group")),
        "columns": _columns(asked),
        "search": urlencode(asked),
        "more": urlencode(asked | {"cursor": found.next_cursor}),
    }


def _filters() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(parameter, words for all, (value, words))"""
    return [
        ("status", _("Any status"), [(status.value, words) for status, words in describe.statuses().items()]),
        ("architecture", _("Any network"), [(name, describe.architecture(name)) for name in ARCHITECTURES]),
        ("dataset", _("Any data set"), [(name, describe.dataset(name)) for name in DATASETS]),
        ("permute", _("Permuted or not"), [("true", _("permuted")), ("false", _("not permuted"))]),
    ]


def _columns(asked: dict[str, str]) -> list[Column]:
    """Every column but the one of the check boxes. The best comes first on the first click."""
    named = (
        ("id", _("Run"), True),
        ("name", _("Name"), False),
        ("status", _("Status"), False),
        (None, _("Epoch"), False),
        ("architecture", _("Network"), False),
        ("dataset", _("Data set"), False),
        ("best_accuracy", _("Best"), True),
        ("best_epoch", _("Best epoch"), True),
        ("test_accuracy", _("Test"), True),
        ("created_at", _("Created"), False),
    )
    return [_column(key, title, numeric, asked) for key, title, numeric in named]


def _column(key: str | None, title: str, numeric: bool, asked: dict[str, str]) -> Column:
    if key is None:
        return Column(title, None, None, numeric)
    sort = asked.get("sort", "")
    falling_first = numeric or key == "created_at"
    following = {f"-{key}": key, key: f"-{key}"}.get(sort, f"-{key}" if falling_first else key)
    order = {key: "ascending", f"-{key}": "descending"}.get(sort)
    return Column(title, f"/?{urlencode(asked | {'sort': following})}", order, numeric)
