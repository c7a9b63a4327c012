"""The page of one run, its parts, and what can be done to the run from it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session, col, select

from app import describe, forms, runs
from app.charts import FIGURES
from app.confusion import shaded
from app.dependencies import DatabaseDep, RunId, SessionDep, SettingsDep
from app.evidence import Evidence
from app.logs import tail
from app.models import Epoch, Event, Run, Step
from app.observed_charts import OBSERVED, reported
from app.pages.reading import accuracy_interval, newest_event, seen
from app.reference import course_curve
from app.routes.runs import cancel_run, delete_run, label_run
from app.run_detail import RunDetail
from app.schemas import LabelChange
from app.settings import Settings
from app.templating import page
from app.verdict import verdict
from app.words import gettext as _

router = APIRouter(prefix="/runs/{run_id:int}")

# Lines of the log that the page shows.
TAIL = 100
# Figures that parts of the page draw, which are refreshed by themselves.
REFRESHED = ("classes", *OBSERVED)
# Steps and epochs are in the charts; the history tells what else happened.
HISTORY = ("status", "cancel", "started", "checkpoint", "finished", "labels")


@router.get("")
def show(request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId) -> HTMLResponse:
    after = newest_event(session)
    run = runs.get(session, run_id)
    detail = _detail(session, run)
    figures = {name: figure(detail) for name, figure in FIGURES.items() if name not in REFRESHED}
    configuration = [
        {"title": describe.setting_title(key), "value": describe.setting_value(key, value)}
        for key, value in run.config.items()
    ]
    parts = _header(session, run, detail) | _results(detail) | _observed(detail)
    parts |= _record(session, settings, run) | _samples(settings, run)
    return page(request, "run.html", after=after, figures=figures, settings=configuration, **parts)


@router.get("/partials/header")
def refresh_header(request: Request, session: SessionDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    return page(request, "partials/header.html", **_header(session, run, RunDetail(run, [])))


@router.get("/partials/results")
def refresh_results(request: Request, session: SessionDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    newest = select(Epoch).where(Epoch.run_id == run_id).order_by(col(Epoch.epoch).desc()).limit(1)
    return page(request, "partials/results.html", run=run, **_results(RunDetail(run, session.exec(newest).all())))


@router.get("/partials/observed")
def refresh_observed(request: Request, session: SessionDep, run_id: RunId) -> HTMLResponse:
    detail = _detail(session, runs.get(session, run_id))
    return page(request, "partials/observed.html", run=detail.run, **_observed(detail))


@router.get("/partials/record")
def refresh_record(request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    return page(request, "partials/record.html", run=run, **_record(session, settings, run))


@router.get("/partials/samples")
def refresh_samples(request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    return page(request, "partials/samples.html", run=run, **_samples(settings, run))


@router.post("/cancel")
def cancel(run_id: RunId, database: DatabaseDep) -> RedirectResponse:
    cancel_run(run_id, database)
    return seen(f"/runs/{run_id}")


@router.post("/delete")
def delete(run_id: RunId, database: DatabaseDep, settings: SettingsDep) -> RedirectResponse:
    delete_run(run_id, database, settings)
    return seen("/")


@router.post("/labels")
def label(
    run_id: RunId,
    database: DatabaseDep,
    name: Annotated[str, Form()] = "",
    tags: Annotated[str, Form()] = "",
    notes: Annotated[str, Form()] = "",
) -> RedirectResponse:
    label_run(run_id, LabelChange(name=name.strip(), tags=forms.tags(tags), notes=notes.strip()), database)
    return seen(f"/runs/{run_id}")


def _detail(session: Session, run: Run) -> RunDetail:
    epochs = select(Epoch).where(Epoch.run_id == run.id).order_by(col(Epoch.epoch))
    steps = select(Step).where(Step.run_id == run.id).order_by(col(Step.epoch), col(Step.step))
    reference = course_curve(run.architecture, run.dataset)
    return RunDetail(run, session.exec(epochs).all(), session.exec(steps).all(), reference)


def _header(session: Session, run: Run, detail: RunDetail) -> dict[str, Any]:
    return {
        "run": run,
        "detail": detail,
        "heading": describe.heading(run),
        "interval": accuracy_interval(run),
        "verdict": verdict(run, Evidence.of(session, run)) if run.test_accuracy is not None else [],
    }


def _results(detail: RunDetail) -> dict[str, Any]:
    if detail.run.confusion:
        words = _("Best checkpoint on the test split; the whiskers are 95 % intervals.")
    elif describe.under_way(detail.run):
        words = _("Latest epoch; the best checkpoint is tested at the end. The whiskers are 95 % intervals.")
    else:
        words = _("Latest epoch; the best checkpoint was never tested. The whiskers are 95 % intervals.")
    return {
        "detail": detail,
        "classes": FIGURES["classes"](detail),
        "confusion": shaded(detail.classes, detail.confusion or []),
        "result_words": words,
    }


def _observed(detail: RunDetail) -> dict[str, Any]:
    """The charts of what an observer saw; without one, or before its first report, nothing."""
    return {"observed": {name: FIGURES[name](detail) for name in OBSERVED if reported(detail, name)}}


def _record(session: Session, settings: Settings, run: Run) -> dict[str, Any]:
    told = select(Event).where(Event.run_id == run.id, col(Event.kind).in_(HISTORY)).order_by(col(Event.id).desc())
    events = session.exec(told.limit(100)).all()
    history = [{"created_at": event.created_at, "words": describe.happened(event)} for event in events]
    return {"history": history, "log": tail(settings.run_folder(run.id or 0) / "log.txt", TAIL)}


def _samples(settings: Settings, run: Run) -> dict[str, Any]:
    return {"has_samples": (settings.run_folder(run.id or 0) / "samples.png").exists()}
