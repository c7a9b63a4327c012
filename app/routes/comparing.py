"""Several runs beside each other, run by run or in groups, as JSON and as tables for a spreadsheet."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response

from app.comparing import export_csv
from app.comparing.compare import class_results
from app.comparing.comparison_schemas import ComparisonPublic, GroupPublic
from app.comparing.comparison_view import View, of
from app.comparing.export_page import file_name
from app.comparing.outcome import Outcome, outcome
from app.lifecycle.run_public import RunPublic
from app.routes.catalog import run_ids
from app.watching.histories import histories, told
from app.watching.results import EPOCH_EXAMPLE, EpochPublic
from app.web.answers import Plain
from app.web.dependencies import SessionDep
from app.web.routers import api_router

router = api_router("results", prefix="/api")

Runs = Annotated[list[int], Depends(run_ids)]
By = Annotated[
    str,
    Query(description="Put runs together: seed (all that differ in it alone), or settings, comma between them."),
]
Baseline = Annotated[int | None, Query(description="One of the runs, or the group that it is in.")]


def _outcome(session: SessionDep, runs: Runs, by: By = "", baseline: Baseline = None) -> Outcome:
    return outcome(session, of(runs, by, baseline))


OutcomeDep = Annotated[Outcome, Depends(_outcome)]


@router.get("/compare", response_model=ComparisonPublic)
def compare_runs(session: SessionDep, found: OutcomeDep) -> Response:
    """Curves, differing settings and per-class accuracies of several runs, and of groups of them how sure a mean is."""
    comparison = found.comparison
    answer = {
        "runs": RunPublic.values(session, comparison.runs),
        "epochs": {key: told(figures) for key, figures in comparison.epochs.items()},
        "differing": comparison.differing,
        "classes": class_results(session, comparison.runs),
        "by": found.view.settings,
        "groups": [GroupPublic.of(line) for line in found.lines],
    }
    return Plain(answer)


HISTORIES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {"1": [EPOCH_EXAMPLE]}}}}
}


@router.get("/epochs", responses=HISTORIES, response_model=dict[int, list[EpochPublic]])
def list_histories(session: SessionDep, runs: Runs) -> Response:
    """Every finished epoch of several runs in one answer, by run id."""
    return Plain(histories(session, runs))


class Csv(Response):
    """Values separated by commas (RFC 4180)."""

    media_type = "text/csv"


EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"example": "run,name,group,epoch,train_loss\r\n1,base,base,1,0.31\r\n"}}}
}


@router.get("/compare.csv", response_class=Csv, responses=EXAMPLE)
def compare_epochs(found: OutcomeDep) -> Response:
    """Every epoch of every run for a spreadsheet, a line each; accuracies are fractions."""
    return _table(found.view, export_csv.epochs(found), "csv")


@router.get("/compare/summary.csv", response_class=Csv, responses=EXAMPLE)
def compare_summary(found: OutcomeDep) -> Response:
    """What each run or group comes to, a line each: means, standard deviations, intervals, differences."""
    return _table(found.view, export_csv.summary(found), "summary.csv")


def _table(view: View, lines: Iterable[str], ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{file_name(view, ending)}"'}
    return Csv("".join(lines), headers=headers)
