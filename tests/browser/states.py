"""A database with a run in every state, written at once: what pages look like needs no training."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from app.lifecycle.told import Told
from app.store.database import Database
from app.store.models import Epoch, Event, Run, RunStatus, Step, Worker, now
from benchmarks.synthetic import fill, histories

# Nobody here renews leases or hears hearts beat.
FOR_GOOD = timedelta(days=1)
FINISHED = 40
EPOCHS = 30
LONG_NAME = "warmup-then-cosine_" + "residual-network-with-a-name-that-somebody-pasted-from-a-script_" * 2 + "final"
DIVERGED = (
    "The loss became nan on the validation split after epoch 6. Lower the learning rate (or its schedule's peak), or "
    "choose precision fp32. The best checkpoint before it is kept."
)
NO_GPU_HERE = (
    "This run asks for a CUDA device and there is none here, only the CPU. Choose device auto or cpu, or start a "
    "worker on a machine with an NVIDIA GPU."
)


def make(database: Database) -> dict[str, int]:
    """The states by name, each with the id of its run; besides them there are FINISHED ordinary ones."""
    fill(database, FINISHED, EPOCHS)
    number = FINISHED
    made = {}
    for name, (known, values) in _states().items():
        number += 1
        made[name] = number
        with database.write() as session:
            _add(session, number, known, values)
    with database.write() as session:
        for worker in _workers(made["running"]):
            session.add(worker)
    return made


def _states() -> dict[str, tuple[int, dict[str, Any]]]:
    """How many epochs of a run are known, and what is not as in a finished one."""
    began = now() - timedelta(minutes=9)
    early = {"best_epoch": None, "best_accuracy": None, "parameters": None, "device": None, "facts": {}, "epoch": 0}
    untested = {"test_accuracy": None, "test_loss": None, "confusion": None, "finished_at": None}
    waiting = early | untested | {"progress": 0.0, "attempt": 0, "started_at": None, "created_at": now()}
    cut = untested | {"created_at": began, "started_at": began, "best_epoch": 9, "epoch": 11}
    done = {"created_at": began, "started_at": began, "finished_at": now()}
    return {
        "for a GPU": (0, waiting | {"status": RunStatus.QUEUED, "device_wanted": "cuda", "message": Told.NO_GPU.value}),
        "queued": (0, waiting | {"status": RunStatus.QUEUED, "priority": 7, "tags": ["urgent"]}),
        "running": (11, cut | {"status": RunStatus.RUNNING, "progress": 0.38, "lease_until": now() + FOR_GOOD}),
        "paused": (11, cut | {"status": RunStatus.PAUSED, "progress": 0.38}),
        "failed": (
            6,
            cut | done | {"status": RunStatus.FAILED, "error": DIVERGED, "epoch": 6, "best_epoch": 6} | untested,
        ),
        "never started": (0, waiting | {"status": RunStatus.FAILED, "error": NO_GPU_HERE, "attempt": 1}),
        "cancelled": (11, cut | done | untested | {"status": RunStatus.CANCELLED}),
        "finished": (EPOCHS, done | {"name": LONG_NAME, "tags": ["baseline", "a-tag-that-is-longer-than-most-others"]}),
        "without classes": (EPOCHS, done | {"confusion": None, "name": "before-classes"}),
    }


def _add(session: Session, number: int, known: int, values: dict[str, Any]) -> None:
    run, epochs = next(iter(histories(1, EPOCHS)))
    run |= {"id": number, "name": "", "place": float(number), "worker": "trainbox-1234"} | values
    for epoch in epochs[:known]:
        epoch |= {"run_id": number} | ({"confusion": []} if run["name"].startswith("before") else {})
    if run["status"] == RunStatus.RUNNING:
        run["facts"] = run["facts"] | {"began_at": (now() - timedelta(minutes=8)).isoformat()}
    connection = session.connection()
    connection.execute(insert(Run), [run])
    if known:
        connection.execute(insert(Epoch), epochs[:known])
        steps = [(epoch, step) for epoch in range(1, known + 1) for step in range(100, 844, 100)]
        connection.execute(insert(Step), [_step(number, *place) for place in steps])
    said = {"status": run["status"], "cause": "submitted" if not run["attempt"] else "training finished"}
    connection.execute(insert(Event), [{"run_id": number, "kind": "status", "payload": said, "created_at": now()}])


def _step(number: int, epoch: int, step: int) -> dict[str, Any]:
    done = epoch - 1 + step / 844
    return {
        "run_id": number,
        "epoch": epoch,
        "step": step,
        "loss": 2.3 / (1 + done),
        "accuracy": done / (1 + done),
        "learning_rate": 0.01,
        "gradient_norms": None,
        "residual_ratios": None,
    }


def _workers(run: int) -> list[Worker]:
    there = {"gpu": False, "heartbeat_at": now() + FOR_GOOD, "memory_total": 16 * 2**30, "utilisation": 0.43}
    long = "training-machine-with-a-long-name.example"
    return [
        Worker(name="trainbox-1234", host="trainbox", pid=1234, device="CPU (AVX512)", run_id=run, **there),
        Worker(name="spare-77", host=long, pid=77, device="CPU (AVX2)", memory_used=2**30, draining=True, **there),
        Worker(name="gone-9", host="gone", pid=9, device="CPU", gpu=False, heartbeat_at=now() - timedelta(hours=3)),
    ]
