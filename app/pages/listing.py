"""The list of runs: filtered, sorted, by group, live; and the same done to many of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from app.language import describe
from app.language.words import gettext as _
from app.language.words import ngettext
from app.lifecycle import runs
from app.lifecycle.actions import Actor, Outcome
from app.lifecycle.retelling import retold
from app.pages import table, table_forms
from app.pages.reading import saying, seen
from app.pages.table import TableDep, TableQuery
from app.pages.table_forms import search
from app.routes.actions import MOST_AT_ONCE, ManyRuns
from app.store.models import LARGEST_ID
from app.table import columns
from app.table.listing import RunQuery, matching_ids
from app.web.dependencies import ActorDep, RunId, SessionDep
from app.web.routers import page_router
from app.web.templating import page
from trainer.config import ConfigError

router = page_router()

# What the forms of the page add to the address; `canonical` makes it one that can be kept.
PARTS = ("field", "operator", "value", "column")
# A message names the reasons of so many runs.
REASONS_SHOWN = 3


@router.get("/")
def list_runs(request: Request, session: SessionDep) -> Response:
    if any(part in request.query_params for part in PARTS):
        return _canonical(request)
    query = table.read(request)
    offered = {
        "choices": table_forms.choices(columns.chosen(query.columns)),
        "fields": table_forms.fields_by_title(),
        "signs": table_forms.SIGNS,
    }
    return saying(request, "runs.html", **offered, **table.context(request, session, query))


@router.get("/partials/runs")
def refresh_list(request: Request, session: SessionDep, query: TableDep) -> HTMLResponse:
    return page(request, "partials/runs.html", **table.context(request, session, query))


@router.get("/partials/rows")
def load_more(request: Request, session: SessionDep, query: TableDep) -> HTMLResponse:
    address = table.address(request)
    part, name = (table.groups, "groups") if query.group_by else (table.rows, "rows")
    return page(request, f"partials/{name}.html", search=search(address), **part(session, query, address))


@router.get("/partials/members")
def open_group(request: Request, session: SessionDep, query: TableDep) -> HTMLResponse:
    """The runs of one group, under it."""
    address = table.address(request)
    return page(request, "partials/members.html", search=search(address), **table.rows(session, query, address))


@router.get("/runs/{run_id}/partials/row")
def refresh_row(request: Request, session: SessionDep, run_id: RunId, columns: str | None = None) -> HTMLResponse:
    run = runs.get(session, run_id)
    query = TableQuery.model_validate({"columns": columns})
    return page(request, "partials/row.html", run=run, **table.shown(query, {}))


@router.post("/runs/actions")
def act(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: TableDep,
    action: Annotated[str, Form()],
    runs: Annotated[Sequence[str], Form()] = (),
    all: Annotated[int | None, Form()] = None,
) -> RedirectResponse:
    """The same to all that are ticked, or to all that match; then back to the list as it was filtered.

    `all` is the number of runs that somebody saw to match, and means all of them.
    """
    back = f"/?{request.url.query}"
    ids = list(matching_ids(session, query)) if all is not None else _numbers(runs)
    if all is not None and len(ids) != all:
        words = ngettext("%(num)s run matches by now", "%(num)s runs match by now", len(ids)) % {"num": len(ids)}
        return seen(back, _("%(count)s: nothing was done.") % {"count": words})
    if not ids:
        return seen(back, _("Nothing is chosen: tick the runs first."))
    session.close()
    return seen(back, _told(action, _done(actor, action, ids)))


def _done(actor: Actor, action: str, ids: Sequence[int]) -> list[Outcome]:
    """In several transactions where there are many: others write in between."""
    outcomes: list[Outcome] = []
    for first in range(0, len(ids), MOST_AT_ONCE):
        wanted = ManyRuns.model_validate({"action": action, "ids": ids[first : first + MOST_AT_ONCE]})
        outcomes += actor.many(wanted.action, wanted.ids, **wanted.values())
    return outcomes


def _numbers(sent: Sequence[str]) -> list[int]:
    """The tick of a group says all of its runs: "1,2,3". Raises ConfigError."""
    texts = [text.strip() for text in ",".join(sent).split(",") if text.strip()]
    for text in texts:
        if not text.isdecimal() or len(text) > len(str(LARGEST_ID)):
            raise ConfigError({"runs": f"{text!r} is no run's number"})
    return list(dict.fromkeys(map(int, texts)))


def _canonical(request: Request) -> RedirectResponse:
    """The address with what a form added to it: one more condition, or other columns."""
    address = {name: value for name, value in table.address(request).items() if name not in PARTS}
    field, operator, value = (request.query_params.get(part, "").strip() for part in PARTS[:3])
    if named := [name for name in request.query_params.getlist("column") if name]:
        shown = ",".join(named)
        address.pop("columns", None)
        address |= {} if tuple(named) == columns.DEFAULT else {"columns": shown}
    if not field:
        return seen(f"/?{search(address)}")
    condition = f"{field}{operator or '='}{value}"
    try:
        RunQuery.model_validate({"where": [condition]})
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        return seen(f"/?{search(address)}", said)
    return seen(f"/?{search(address | {'where': [*address.get('where', []), condition]})}")


def _told(action: str, outcomes: Sequence[Outcome]) -> str:
    """ "2 paused, 1 pausing, 1 not: Run 12 has finished; clone it to run it again." """
    gone = _("deleted")
    became = Counter(gone if action == "delete" else describe.status(o.run) for o in outcomes if o.done and o.run)
    parts = [f"{count} {words}" for words, count in became.items()]
    reasons = [retold(outcome.reason) for outcome in outcomes if outcome.reason]
    if not reasons:
        return f"{', '.join(parts)}."
    parts.append(_("%(count)s not") % {"count": len(reasons)})
    more = [_("…")] if len(reasons) > REASONS_SHOWN else []
    return f"{', '.join(parts)}: {' '.join([*reasons[:REASONS_SHOWN], *more])}"
