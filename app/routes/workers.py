"""The workers, and the queue that they take runs from."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from app.lifecycle import queue_order, workers
from app.lifecycle.run_public import RunPublic
from app.store.models import Worker
from app.web.dependencies import DatabaseDep, SessionDep
from app.web.routers import api_router

router = api_router("workers", prefix="/api")

EXAMPLE: dict[str, Any] = {
    "name": "lab-3-4711",
    "host": "lab-3",
    "pid": 4711,
    "gpu": True,
    "device": "NVIDIA H100 80GB HBM3",
    "memory_total": 85_520_809_984,
    "memory_used": 12_884_901_888,
    "utilisation": 0.87,
    "run_id": 7,
    "alive": True,
    "draining": False,
}


class WorkerPublic(BaseModel):
    """A worker as it last described itself. Memory and utilisation are its device's; times are UTC."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: str
    host: str
    pid: int
    gpu: bool = Field(description="Whether it takes runs that ask for `cuda`.")
    device: str
    memory_total: int | None = Field(description="Bytes; null where it cannot be told.")
    memory_used: int | None
    utilisation: float | None = Field(description="From 0 to 1.")
    run_id: int | None = Field(description="What it trains.")
    alive: bool = Field(description="Whether it was heard of in the last seconds.")
    draining: bool = Field(description="It finishes its run and takes no other.")
    version: str
    started_at: datetime
    heartbeat_at: datetime

    @classmethod
    def each(cls, session: Session) -> "list[WorkerPublic]":
        """Those that are there first."""
        there = {worker.name for worker in workers.alive(session)}
        known = session.exec(select(Worker).order_by(col(Worker.name))).all()
        found = [cls._of(worker, worker.name in there) for worker in known]
        return sorted(found, key=lambda worker: not worker.alive)

    @classmethod
    def _of(cls, worker: Worker, alive: bool) -> "WorkerPublic":
        columns = {name: getattr(worker, name) for name in cls.model_fields if name != "alive"}
        return cls(**columns, alive=alive)


class QueuePublic(BaseModel):
    """The runs that wait, the next one first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"runs": [], "total": 0}]})

    runs: list[RunPublic]
    total: int = Field(description="All that wait, listed here or not.")


WorkerName = Annotated[str, Path(description="The worker's name.", examples=["lab-3-4711"], max_length=300)]


@router.get("/workers")
def list_workers(session: SessionDep) -> list[WorkerPublic]:
    """Every worker that is known, the living first."""
    return WorkerPublic.each(session)


@router.post("/workers/{name}/drain")
def drain_worker(name: WorkerName, database: DatabaseDep) -> WorkerPublic:
    """Let a worker finish its run and take no other."""
    return _drain(database, name, True)


@router.post("/workers/{name}/undrain")
def undrain_worker(name: WorkerName, database: DatabaseDep) -> WorkerPublic:
    """Let a draining worker take runs again."""
    return _drain(database, name, False)


@router.get("/queue")
def read_queue(
    session: SessionDep, limit: Annotated[int, Query(ge=1, le=500, description="At most so many.")] = 100
) -> QueuePublic:
    """The queue in its order, with an estimate of when each run starts."""
    first = queue_order.waiting(session, limit)
    return QueuePublic(runs=RunPublic.each(session, first), total=queue_order.length(session))


def _drain(database: DatabaseDep, name: str, on: bool) -> WorkerPublic:
    with database.write() as session:
        workers.request_drain(session, name, on)
        return next(worker for worker in WorkerPublic.each(session) if worker.name == name)
