"""Run in TensorBoard's own environment: the history into event files, one a run, in a folder each.

python write_tensorboard.py FOLDER HISTORY
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.summary.writer.record_writer import RecordWriter


def events(run: dict[str, Any]) -> Iterator[Event]:
    started = run["started"]
    yield Event(wall_time=started, file_version="brain.Event:2")
    yield Event(wall_time=started, summary=hparams_pb(run["settings"], run["name"], started))
    for epoch in run["epochs"]:
        step, ended = epoch.pop("epoch"), epoch.pop("ended")
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in epoch.items()]
        yield Event(wall_time=ended, step=step, summary=Summary(value=values))
    # Sorted by the last value, so that the best one is a value of its own.
    best = Summary.Value(tag="best_accuracy", simple_value=run["best_accuracy"])
    yield Event(wall_time=ended, step=step, summary=Summary(value=[best]))


folder, history = map(Path, sys.argv[1:])
with history.open() as lines:
    for run in map(json.loads, lines):
        place = folder / run["name"]
        place.mkdir()
        with (place / f"events.out.tfevents.{run['started']:.0f}.synthetic").open("wb") as file:
            writer = RecordWriter(file)
            for event in events(run):
                writer.write(event.SerializeToString())
