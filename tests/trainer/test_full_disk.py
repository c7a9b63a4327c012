"""A disk that is really full: the last good checkpoint stays, the training says what it needs, and goes on later."""

import errno
import gc
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainer.bits import MLP, after, events_of, kept_alike, told
from trainer import atomic
from trainer.catalog import resolve
from trainer.checkpoint import load_best, load_last
from trainer.errors import CannotSave
from trainer.events import EpochFinished, Paused
from trainer.loop import train

PAGE = 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        # What was raised keeps the checkpoint mapped that was tested.
        gc.collect()
        subprocess.run(["umount", folder], check=True)


def fill(disk: Path, free: int) -> None:
    """Leaves `free` bytes, rounded up to whole pages."""
    pages = -(-free // PAGE)
    free_pages = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize // PAGE
    with (disk / "filler").open("ab") as file:
        file.write(bytes((free_pages - pages) * PAGE))


def free(disk: Path) -> None:
    (disk / "filler").unlink()


# Which epochs are finished when the disk fills up, which files it still has room for, and which it has not.
MOMENTS = [
    (0, [], "samples.png"),
    (0, ["samples.png"], "best.safetensors"),
    (0, ["samples.png", "best.safetensors"], "last.pt"),
    (1, [], "best.safetensors"),
    (1, ["best.safetensors"], "last.pt"),
    (2, [], "best.safetensors"),
    (2, ["best.safetensors"], "last.pt"),
    (3, [], "predictions.zip"),
]


@pytest.mark.parametrize(("epochs", "room", "name"), MOMENTS)
def test_a_full_disk_loses_nothing_that_was_saved(tmp_path, disk, epochs, room, name) -> None:
    whole, run = tmp_path / "whole", disk / "run"
    uninterrupted = events_of(MLP, tmp_path, whole)
    sizes = {path.name: path.stat().st_size for path in whole.iterdir()}
    # A page more than they need, which is less than any other file does.
    left = sum(-(-sizes[file] // PAGE) * PAGE for file in room) + PAGE if room else 0
    if not epochs:
        fill(disk, left)
    with pytest.raises(CannotSave) as stopped:
        for event in train(resolve(MLP), data_dir=tmp_path, run_dir=run):
            if isinstance(event, EpochFinished) and event.epoch == epochs:
                # The best weights replace those before, which go only afterwards.
                fill(disk, left)
    words = re.escape(f"{run / name} could not be written: it needs ")
    words += rf"([\d.]+) kB and ([\d.]+) kB is free on the disk of {run}\. Make room there, then retry the run\."
    found = re.match(words, str(stopped.value))
    assert found, stopped.value
    assert float(found[1]) == pytest.approx(sizes[name] / 1000, rel=0.05)
    assert float(found[2]) < float(found[1])
    assert not [path for path in run.iterdir() if path.name.startswith(".")]
    last = load_last(run)
    assert (last["epoch"] if last else 0) == epochs
    if epochs:
        assert load_best(run)[1].epoch in (epochs, epochs + 1)

    free(disk)
    resumed = events_of(MLP, tmp_path, run)
    assert resumed[0].resumed_epoch == epochs
    assert told(resumed) == told(uninterrupted)[-len(told(resumed)) :]
    assert kept_alike(run, whole)


def test_a_pause_on_a_full_disk_keeps_the_epoch_before(tmp_path, disk, monkeypatch) -> None:
    monkeypatch.setattr("trainer.steps.BLOCK", 64)
    events_of(MLP, tmp_path, tmp_path / "whole")
    assert events_of(MLP, tmp_path, disk / "run", pause=after(23))[-1] == Paused(epoch=2, step=0)
    # For the picture, and not for the checkpoint.
    fill(disk, 16 * PAGE)
    with pytest.raises(CannotSave, match=r"last\.pt could not be written: it needs \d+"):
        events_of(MLP, tmp_path, disk / "run", pause=after(5))
    assert load_last(disk / "run")["epoch"] == 1
    free(disk)
    events_of(MLP, tmp_path, disk / "run")
    assert kept_alike(disk / "run", tmp_path / "whole")


def test_a_quota_is_named(tmp_path, monkeypatch) -> None:
    def over(_descriptor: int) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(atomic.os, "fsync", over)
    with pytest.raises(CannotSave, match=r"samples\.png .*it needs \d.* of which a quota allows less"):
        events_of(MLP, tmp_path, tmp_path / "run")


def test_a_run_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotSave, match=str(tmp_path / "file" / "run")) as stopped:
        events_of(MLP, tmp_path, tmp_path / "file" / "run")
    assert "may be written to" in str(stopped.value)
