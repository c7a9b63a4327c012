"""What the runs table is asked for by its address, and what its templates need."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError, field_validator
from sqlmodel import Session

from app.pages import table_forms
from app.pages.reading import given, newest_event
from app.pages.table_forms import search
from app.table import cells, columns, group_table
from app.table.listing import RunQuery, find
from app.web.templating import templates

templates.env.filters |= {"row": cells.row, "share": columns.share}


class TableQuery(RunQuery):
    """The list, and how the page shows it."""

    columns: str | None = Field(None, max_length=2000)
    group_by: str | None = Field(None, max_length=500)
    skip: int = Field(0, ge=0, le=10**6)

    @field_validator("columns")
    @classmethod
    def _shown(cls, value: str | None) -> str | None:
        columns.chosen(value)
        return value

    @field_validator("group_by")
    @classmethod
    def _grouped(cls, value: str | None) -> str | None:
        group_table.settings_of(value or "")
        return value


def asked(request: Request) -> dict[str, Any]:
    """The address without what is empty; a select left at "all" asks for nothing."""
    found = given(dict(request.query_params))
    where = [text for text in request.query_params.getlist("where") if text]
    return found | {"where": where} if where else found


def address(request: Request) -> dict[str, Any]:
    """Of the list from its beginning."""
    return {name: value for name, value in asked(request).items() if name not in ("cursor", "skip")}


def read(request: Request) -> TableQuery:
    """The query of the address. Raises RequestValidationError, and ConfigError for columns and groups."""
    try:
        return TableQuery.model_validate(asked(request))
    except ValidationError as error:
        # The route has no model of it that could say which names there are.
        known = {"ctx": {"known": list(TableQuery.model_fields)}}
        raise RequestValidationError([known | problem for problem in error.errors()]) from error


async def asked_for(request: Request) -> TableQuery:
    """The same; a coroutine, which FastAPI sends to no other thread and back."""
    return read(request)


TableDep = Annotated[TableQuery, Depends(asked_for)]


def context(request: Request, session: Session, query: TableQuery) -> dict[str, Any]:
    """For the whole list: the page, or its form alone."""
    after = newest_event(session)
    kept = address(request)
    shared = {
        "after": after,
        "query": query,
        "selects": table_forms.selects(),
        "filtered": any(name in kept for name in (*table_forms.SELECTS, "text", "tag", "group", "where")),
        "chips": table_forms.chips(query.where, kept),
        "asked": kept,
        "search": search(kept),
        "groupings": table_forms.groupings(),
    }
    found = groups(session, query, kept) if query.group_by else rows(session, query, kept)
    return shared | found


def rows(session: Session, query: TableQuery, asked: dict[str, Any]) -> dict[str, Any]:
    """For the runs of one page."""
    names = columns.chosen(query.columns)
    found = find(session, query, only=columns.needed(names))
    return {
        "found": found,
        "total": found.total,
        "grouped": None,
        "more": search(asked | {"cursor": found.next_cursor}),
        **shown(query, asked),
    }


def shown(query: TableQuery, asked: dict[str, Any]) -> dict[str, Any]:
    """For rows of runs: their columns, and what a row says when it asks to be refreshed."""
    heads = columns.heads(columns.chosen(query.columns), asked, query.sort)
    return {"columns": heads, "again": search(given({"columns": query.columns}))}


def groups(session: Session, query: TableQuery, asked: dict[str, Any]) -> dict[str, Any]:
    """For the groups of one page, and what their heads lead to."""
    grouped = group_table.find_groups(
        session, query, query.group_by or "", sort=query.sort, limit=query.limit, skip=query.skip
    )
    following = query.skip + len(grouped.rows)
    return {
        "found": None,
        "total": grouped.runs,
        "grouped": grouped,
        "group_rows": [(row, group_table.address(row, asked)) for row in grouped.rows],
        "more": search(asked | {"skip": following}) if following < grouped.total else None,
        "group_heads": columns.heads(("best_accuracy", "test_accuracy"), asked, query.sort),
        "columns": columns.heads(columns.chosen(query.columns), asked, query.sort),
    }
