"""Run in Trackio's own environment: the history into a project, by its own storage.

python write_trackio.py PROJECT HISTORY
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from trackio.sqlite_storage import SQLiteStorage

project, history = sys.argv[1:]
# Once is enough: it would look over all tables again for every run.
made = SQLiteStorage.init_db(project)
SQLiteStorage.init_db = staticmethod(lambda _project: made)
with Path(history).open() as lines:
    for run in map(json.loads, lines):
        epochs = run["epochs"]
        times = [datetime.fromtimestamp(epoch.pop("ended"), UTC).isoformat() for epoch in epochs]
        SQLiteStorage.bulk_log(
            project,
            run["name"],
            metrics_list=epochs,
            steps=[epoch.pop("epoch") for epoch in epochs],
            timestamps=times,
            config=run["settings"],
            run_id=f"{run['number']:032x}",
        )
