"""TensorBoard: an event file a run, scalars and hyperparameters, read by its data server."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.asking import Ask
from benchmarks.beside.environments import TENSORBOARD
from benchmarks.beside.history import METRICS
from benchmarks.beside.tool import CURVES, Place

WRITER = Path(__file__).parent / "writers" / "write_tensorboard.py"
BEST = "best_accuracy"
STATUSES = ("STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING")


class TensorBoard:
    name = "TensorBoard"
    requirements: Sequence[str] = (TENSORBOARD,)
    page = "/#timeseries"
    rows = "runs-data-table tb-data-table-content-row"

    def __init__(self) -> None:
        # The columns of its table of hyperparameters, all of which its page asks for.
        self.settings: list[str] = []

    def fill(self, place: Place, history: Path) -> None:
        with history.open() as lines:
            self.settings = list(json.loads(next(lines))["settings"])
        subprocess.run([place.programs / "python", WRITER, place.folder, history], check=True)

    def command(self, place: Place) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        where = ["--logdir", str(place.folder), "--host", "127.0.0.1", "--port", str(place.port)]
        return [place.programs / "tensorboard", *where], {}

    def listed(self, architecture: str) -> Sequence[Ask]:
        columns: list[dict[str, Any]] = [{"hparam": name, "includeInResult": True} for name in self.settings]
        columns[self.settings.index("architecture")]["filterDiscrete"] = [architecture]
        columns += [{"metric": {"group": "", "tag": tag}, "includeInResult": True} for tag in (*METRICS, BEST)]
        columns[-1]["order"] = "ORDER_DESC"
        asked = {"allowedStatuses": STATUSES, "colParams": columns, "startIndex": 0, "sliceSize": 100}
        return [Ask("/data/plugin/hparams/session_groups", json=asked)]

    def curves(self, runs: Sequence[int]) -> Sequence[Ask]:
        # A request a chart, of all runs in it.
        names = [f"run-{number:05}" for number in runs]
        return [Ask("/data/plugin/scalars/scalars_multirun", form={"tag": tag, "runs": names}) for tag in CURVES]

    def accuracies(self, answers: Sequence[bytes]) -> list[float]:
        charts = dict(zip(CURVES, map(json.loads, answers), strict=True))
        return [value for points in charts["validation_accuracy"].values() for _time, _step, value in points]
