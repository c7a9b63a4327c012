"""Trackio: a SQLite file a project, written by its own storage; its page filters and sorts in the browser."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.asking import Ask
from benchmarks.beside.environments import TRACKIO
from benchmarks.beside.tool import Place

PROJECT = "synthetic"
WRITER = Path(__file__).parent / "writers" / "write_trackio.py"


class Trackio:
    name = "Trackio"
    requirements: Sequence[str] = (TRACKIO,)
    page = f"/?project={PROJECT}"
    rows = ".checkbox-list label"

    def fill(self, place: Place, history: Path) -> None:
        _command, environment = self.command(place)
        subprocess.run(
            [place.programs / "python", WRITER, PROJECT, history], env={**os.environ, **environment}, check=True
        )

    def command(self, place: Place) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        environment = {
            "TRACKIO_DIR": str(place.folder),
            "GRADIO_SERVER_PORT": str(place.port),
            "HF_HUB_OFFLINE": "1",
            # It would open a browser's tab.
            "BROWSER": "true",
        }
        return [place.programs / "trackio", "show", "--project", PROJECT], environment

    def listed(self, _architecture: str) -> Sequence[Ask]:
        # There is no request for some of them: the page has all names and all settings, every time it looks.
        return [Ask(f"/api/{name}", json={"project": PROJECT}) for name in ("get_runs_for_project", "get_run_configs")]

    def curves(self, runs: Sequence[int]) -> Sequence[Ask]:
        wanted = [{"run": f"run-{number:05}", "run_id": f"{number:032x}"} for number in runs]
        return [Ask("/api/get_logs_batch", json={"project": PROJECT, "runs": wanted, "scalar_only": True})]

    def accuracies(self, answers: Sequence[bytes]) -> list[float]:
        (answer,) = map(json.loads, answers)
        return [point["validation_accuracy"] for run in answer["data"] for point in run["logs"]]
