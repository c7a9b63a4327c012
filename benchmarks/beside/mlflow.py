"""MLflow: its SQLite backend, whose tables it makes itself; the rows go straight into them."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.asking import Ask
from benchmarks.beside.environments import MLFLOW
from benchmarks.beside.tool import CURVES, Place

EXPERIMENT = 1
# Runs in one transaction.
BATCH = 200
# Its processes are ended where their start takes more than five seconds; on a busy machine none would ever be ready.
PATIENCE = ("--uvicorn-opts", "--timeout-worker-healthcheck 120")
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


class Mlflow:
    name = "MLflow"
    requirements: Sequence[str] = (MLFLOW,)
    page = f"/#/experiments/{EXPERIMENT}/runs"
    rows = ".ag-center-cols-container [row-id]"

    def fill(self, place: Place, history: Path) -> None:
        upgrade = [place.programs / "mlflow", "db", "upgrade", _url(place)]
        subprocess.run(upgrade, check=True, capture_output=True)
        with closing(sqlite3.connect(place.folder / "mlflow.db")) as connection, history.open() as lines:
            _write_experiment(connection)
            runs = map(json.loads, lines)
            while batch := list(islice(runs, BATCH)):
                with connection:
                    _write(connection, batch)

    def command(self, place: Place) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        where = ["--host", "127.0.0.1", "--port", str(place.port), "--backend-store-uri", _url(place)]
        artifacts = ["--artifacts-destination", str(place.folder / "artifacts")]
        # It starts its own helpers by name.
        path = {"PATH": f"{place.programs}:/usr/local/bin:/usr/bin:/bin"}
        return [place.programs / "mlflow", "server", *where, *artifacts, *PATIENCE], QUIET | path

    def listed(self, architecture: str) -> Sequence[Ask]:
        asked = {
            "experiment_ids": [str(EXPERIMENT)],
            "filter": f"params.architecture = '{architecture}'",
            "run_view_type": "ACTIVE_ONLY",
            "max_results": 100,
            "order_by": ["metrics.`best_accuracy` DESC"],
        }
        return [Ask("/ajax-api/2.0/mlflow/runs/search", json=asked)]

    def curves(self, runs: Sequence[int]) -> Sequence[Ask]:
        # A request a chart, of all runs in it.
        shared = [("run_ids", f"{number:032x}") for number in runs] + [("max_results", "320")]
        address = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"
        return [Ask(f"{address}?{urlencode([*shared, ('metric_key', key)])}") for key in CURVES]

    def accuracies(self, answers: Sequence[bytes]) -> list[float]:
        charts = dict(zip(CURVES, map(json.loads, answers), strict=True))
        return [metric["value"] for metric in charts["validation_accuracy"]["metrics"]]


def _url(place: Place) -> str:
    return f"sqlite:///{place.folder / 'mlflow.db'}"


def _write_experiment(connection: sqlite3.Connection) -> None:
    columns = "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time"
    values = (EXPERIMENT, "synthetic", f"mlflow-artifacts:/{EXPERIMENT}", "active", 0, 0)
    with connection:
        connection.execute(f"INSERT INTO experiments ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values)


def _write(connection: sqlite3.Connection, batch: Sequence[dict[str, Any]]) -> None:
    tables = {"runs": _runs, "params": _params, "tags": _tags, "metrics": _metrics, "latest_metrics": _latest}
    for table, rows in tables.items():
        made = [row for run in batch for row in rows(run, f"{run['number']:032x}")]
        names = list(made[0])
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
        connection.executemany(statement, made)


def _runs(run: dict[str, Any], uuid: str) -> Iterator[dict[str, Any]]:
    shared = {"source_type": "LOCAL", "source_name": "train.py", "entry_point_name": "", "source_version": ""}
    state = {"status": "FINISHED", "lifecycle_stage": "active", "experiment_id": EXPERIMENT, "user_id": "synthetic"}
    times = {"start_time": _ms(run["started"]), "end_time": _ms(run["epochs"][-1]["ended"])}
    place = {"artifact_uri": f"mlflow-artifacts:/{EXPERIMENT}/{uuid}/artifacts"}
    yield {"run_uuid": uuid, "name": run["name"]} | shared | state | times | place


def _params(run: dict[str, Any], uuid: str) -> Iterator[dict[str, Any]]:
    for key, value in run["settings"].items():
        yield {"key": key, "value": str(value), "run_uuid": uuid}


def _tags(run: dict[str, Any], uuid: str) -> Iterator[dict[str, Any]]:
    for key, value in (("mlflow.runName", run["name"]), ("mlflow.user", "synthetic")):
        yield {"key": key, "value": value, "run_uuid": uuid}


def _metrics(run: dict[str, Any], uuid: str) -> Iterator[dict[str, Any]]:
    for epoch in run["epochs"]:
        values = {name: value for name, value in epoch.items() if name not in ("epoch", "ended")}
        # Sorted by the last value, so that the best one is a metric of its own.
        if epoch is run["epochs"][-1]:
            values["best_accuracy"] = run["best_accuracy"]
        shared = {"step": epoch["epoch"], "timestamp": _ms(epoch["ended"]), "is_nan": False, "run_uuid": uuid}
        for key, value in values.items():
            yield {"key": key, "value": value} | shared


def _latest(run: dict[str, Any], uuid: str) -> Iterator[dict[str, Any]]:
    return _metrics(run | {"epochs": run["epochs"][-1:]}, uuid)


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
