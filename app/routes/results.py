"""What a run has shown so far: epochs, steps, per-class results, figures and files."""

from typing import Annotated, Any

from fastapi import HTTPException, Path, Query
from fastapi.responses import FileResponse, PlainTextResponse, Response
from sqlmodel import Session, col, select

from app.comparing.reference import course_curve
from app.routes.files import sent
from app.statistics.evidence import Evidence
from app.store.artifacts import open_file
from app.store.models import Epoch, Run, Step
from app.watching.charts import FIGURES
from app.watching.clock import Clock
from app.watching.histories import histories
from app.watching.logs import tail
from app.watching.results import ClassResult, ConfusionResult, EpochPublic, StepPublic, classes_of, confusion_of
from app.watching.run_detail import RunDetail
from app.web.answers import Plain
from app.web.dependencies import RunDep, RunId, SessionDep, SettingsDep
from app.web.routers import api_router

router = api_router("results", prefix="/api/runs/{run_id}")

EpochNumber = Annotated[int | None, Query(ge=1, le=1000, description="Of this epoch, on the selection split.")]


@router.get("/epochs", response_model=list[EpochPublic])
def list_epochs(run_id: RunId, session: SessionDep) -> Response:
    """Every finished epoch, the first one first."""
    return Plain(histories(session, [run_id])[run_id])


@router.get("/steps")
def list_steps(run: RunDep, session: SessionDep) -> list[StepPublic]:
    """Every report from within the epochs, in order."""
    return [StepPublic.model_validate(row) for row in _steps(session, run)]


@router.get("/evidence")
def read_evidence(run: RunDep, session: SessionDep) -> Evidence:
    """The final test and how sure it is: intervals, best beside last (McNemar), the optimism gap."""
    return Evidence.of(session, run)


@router.get("/classes")
def read_classes(run: RunDep, session: SessionDep) -> ClassResult:
    """Accuracy per class: the best checkpoint's on the test split, before the end the newest epoch's."""
    return classes_of(confusion_of(run, None if run.confusion else _epoch(session, run, None)))


@router.get("/confusion")
def read_confusion(run: RunDep, session: SessionDep, epoch: EpochNumber = None) -> ConfusionResult:
    """The confusion matrix: the best checkpoint's on the test split, an epoch's, or before the end the newest's."""
    if run.confusion and epoch is None:
        return confusion_of(run, None)
    row = _epoch(session, run, epoch)
    if epoch is not None and row is None:
        raise HTTPException(404, f"Run {run.id} has no epoch {epoch}; it has finished {run.epoch} so far.")
    return confusion_of(run, row)


@router.get(
    "/figures/{name}",
    responses={200: {"content": {"application/json": {"example": {"data": [{"type": "scatter"}], "layout": {}}}}}},
)
def read_figure(
    run: RunDep,
    session: SessionDep,
    name: Annotated[str, Path(description=f"One of {', '.join(FIGURES)}.", examples=["accuracy"])],
) -> dict[str, Any]:
    """A chart of the run's page as a Plotly figure."""
    if name not in FIGURES:
        raise HTTPException(404, f"There is no figure {name!r}; known are {', '.join(FIGURES)}.")
    epochs = session.exec(select(Epoch).where(Epoch.run_id == run.id).order_by(col(Epoch.epoch))).all()
    reference, clock = course_curve(run.architecture, run.dataset), Clock.of(session, run)
    detail = RunDetail(run, epochs, _steps(session, run), reference, clock)
    return FIGURES[name](detail)


@router.get(
    "/checkpoint",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {"example": "(safetensors)"}}}},
)
def download_checkpoint(run: RunDep, settings: SettingsDep) -> Response:
    """The best weights so far, as safetensors; configuration and classes are in the file's metadata."""
    answer = sent(settings, run, "best.safetensors", "application/octet-stream", f"run-{run.id}-best.safetensors")
    if answer is None:
        raise HTTPException(404, f"Run {run.id} has no checkpoint; the first one is saved when its first epoch ends.")
    return answer


@router.get("/samples", response_class=FileResponse, responses={200: {"content": {"image/png": {"example": "(PNG)"}}}})
def read_samples(run: RunDep, settings: SettingsDep) -> Response:
    """Some training images as the network sees them."""
    answer = sent(settings, run, "samples.png", "image/png")
    if answer is None:
        raise HTTPException(404, f"Run {run.id} has no sample images; they are drawn when its training begins.")
    return answer


@router.get(
    "/log",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": "epoch 1 of 10\n"}}}},
)
def read_log(
    run: RunDep,
    settings: SettingsDep,
    tail_lines: Annotated[int, Query(alias="tail", ge=1, le=100_000, description="Lines from the end.")] = 1000,
) -> PlainTextResponse:
    """The end of the run's log; empty before it has one."""
    return PlainTextResponse(tail(open_file(settings, run, "log.txt"), tail_lines))


def _steps(session: Session, run: Run) -> list[Step]:
    statement = select(Step).where(Step.run_id == run.id).order_by(col(Step.epoch), col(Step.step))
    return list(session.exec(statement))


def _epoch(session: Session, run: Run, number: int | None) -> Epoch | None:
    """This epoch of the run, or its newest."""
    statement = select(Epoch).where(Epoch.run_id == run.id).order_by(col(Epoch.epoch).desc()).limit(1)
    return session.exec(statement if number is None else statement.where(Epoch.epoch == number)).first()
