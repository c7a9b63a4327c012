"""The page of one run, its parts, and what can be done to the run from it."""

from typing import Annotated, Any, Literal

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session, col, select

from app.comparing.reference import course_curve
from app.language import describe
from app.language.formats import duration
from app.language.words import gettext as _
from app.launching import form_values
from app.lifecycle import runs
from app.lifecycle.retelling import retold
from app.lifecycle.schemas import LabelChange
from app.lifecycle.turns import turns
from app.pages.predicting import mistakes
from app.pages.reading import accuracy_interval, newest_event, seen
from app.pages.recording import record
from app.routes.runs import label_run
from app.settings import Settings
from app.statistics.evidence import Evidence
from app.store.artifacts import has_file
from app.store.models import Epoch, Run, Step
from app.table.listing import Filter, matching_ids
from app.watching.charts import FIGURES
from app.watching.clock import Clock
from app.watching.confusion import shaded
from app.watching.network import Network
from app.watching.observed_charts import OBSERVED, reported
from app.watching.run_detail import RunDetail
from app.watching.verdict import verdict
from app.web.dependencies import ActorDep, DatabaseDep, RunId, SessionDep, SettingsDep
from app.web.routers import page_router
from app.web.templating import page
from trainer.scope import matters

router = page_router("/runs/{run_id:int}")

# Figures that parts of the page draw, which are refreshed by themselves.
REFRESHED = ("classes", *OBSERVED)


@router.get("")
def show(request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId) -> HTMLResponse:
    after = newest_event(session)
    run = runs.get(session, run_id)
    detail = _detail(session, run)
    figures = {name: figure(detail) for name, figure in FIGURES.items() if name not in REFRESHED}
    configuration = [
        {"title": describe.setting_title(key), "value": describe.setting_value(key, value)}
        for key, value in run.config.items()
        if matters(key, run.config)
    ]
    parts = _header(session, run, detail) | _results(detail) | _observed(detail)
    parts |= record(session, settings, run) | _samples(settings, run) | mistakes(settings, run)
    parts |= {"settings": configuration, "network": Network.of(run)}
    return page(request, "run.html", after=after, figures=figures, **parts)


@router.get("/partials/header")
def refresh_header(request: Request, session: SessionDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    return page(request, "partials/header.html", **_header(session, run, RunDetail(run, [])))


@router.get("/partials/results")
def refresh_results(request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    newest = select(Epoch).where(Epoch.run_id == run_id).order_by(col(Epoch.epoch).desc()).limit(1)
    parts = _results(RunDetail(run, session.exec(newest).all())) | mistakes(settings, run)
    return page(request, "partials/results.html", run=run, **parts)


@router.get("/partials/observed")
def refresh_observed(request: Request, session: SessionDep, run_id: RunId) -> HTMLResponse:
    detail = _detail(session, runs.get(session, run_id))
    return page(request, "partials/observed.html", run=detail.run, **_observed(detail))


@router.get("/partials/samples")
def refresh_samples(request: Request, session: SessionDep, settings: SettingsDep, run_id: RunId) -> HTMLResponse:
    run = runs.get(session, run_id)
    return page(request, "partials/samples.html", run=run, **_samples(settings, run))


@router.post("/retry")
def retry(run_id: RunId, actor: ActorDep, start_over: Annotated[bool, Form()] = False) -> RedirectResponse:
    actor.one("retry", run_id, start_over=start_over)
    return seen(f"/runs/{run_id}")


@router.post("/delete")
def delete(run_id: RunId, actor: ActorDep) -> RedirectResponse:
    actor.one("delete", run_id)
    return seen("/", _("Run %(id)s is deleted.") % {"id": run_id})


@router.post("/labels")
def label(
    run_id: RunId,
    database: DatabaseDep,
    name: Annotated[str, Form()] = "",
    tags: Annotated[str, Form()] = "",
    notes: Annotated[str, Form()] = "",
) -> RedirectResponse:
    label_run(run_id, LabelChange(name=name.strip(), tags=form_values.tags(tags), notes=notes.strip()), database)
    return seen(f"/runs/{run_id}")


# Behind those that have a name.
@router.post("/{action}")
def act(run_id: RunId, action: Literal["cancel", "pause", "resume"], actor: ActorDep) -> RedirectResponse:
    actor.one(action, run_id)
    return seen(f"/runs/{run_id}")


def _detail(session: Session, run: Run) -> RunDetail:
    epochs = select(Epoch).where(Epoch.run_id == run.id).order_by(col(Epoch.epoch))
    steps = select(Step).where(Step.run_id == run.id).order_by(col(Step.epoch), col(Step.step))
    reference = course_curve(run.architecture, run.dataset)
    return RunDetail(run, session.exec(epochs).all(), session.exec(steps).all(), reference, Clock.of(session, run))


def _header(session: Session, run: Run, detail: RunDetail) -> dict[str, Any]:
    return {
        "run": run,
        "turn": turns(session, [run]).get(run.id or 0),
        "detail": detail,
        "heading": describe.heading(run),
        "doing": _doing(run),
        "interval": accuracy_interval(run),
        "together": matching_ids(session, Filter.model_validate({"group": run.group})) if run.group else [],
        "verdict": verdict(run, Evidence.of(session, run)) if run.test_accuracy is not None else [],
    }


def _doing(run: Run) -> str:
    """What a running run does, as far as that is more than training, and for how long; empty before that is known."""
    if run.progress == 1:
        return _("Testing the best checkpoint")
    doing, seconds = run.message and retold(run.message), describe.seconds_left(run)
    left = None if seconds is None else _("%(time)s left") % {"time": duration(seconds)}
    return " · ".join(filter(None, (doing, left)))


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


def _samples(settings: Settings, run: Run) -> dict[str, Any]:
    return {"has_samples": has_file(settings, run, "samples.png")}
