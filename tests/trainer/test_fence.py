"""The run folder changes only while the caller's guard allows it, and is emptied when a run is to start over."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.bits import MLP, after, contents, events_of, kept_alike, told
from trainer.checkpoint import load_best, load_last
from trainer.events import Paused, Started


class Superseded(RuntimeError):
    """Of a kind that could be taken for torch's."""


class Fence:
    """A guard that lets so many changes through; it notes how the folder's names were within each."""

    def __init__(self, changes: int = 10**9) -> None:
        self.left = changes
        self.held = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if not self.left:
            raise Superseded("another attempt has the folder")
        self.left -= 1
        self.held += 1
        yield
        self.held -= 1


def test_nothing_changes_once_the_guard_raises(tmp_path) -> None:
    whole = Fence()
    events_of(MLP, tmp_path, tmp_path / "whole", guard=whole)
    changes = 10**9 - whole.left
    for allowed in range(changes):
        run, fence = tmp_path / f"{allowed}", Fence(allowed)
        seen: list[dict[str, bytes]] = []

        def noting(fence: Fence = fence, run: Path = run, seen: list[Any] = seen) -> Any:
            if not fence.left and run.exists():
                seen.append(finished_files(run))
            return fence()

        with pytest.raises(Superseded):
            events_of(MLP, tmp_path, run, guard=noting)
        if run.exists():
            assert contents(run) == seen[-1]
        events_of(MLP, tmp_path, run)
        assert kept_alike(run, tmp_path / "whole")


def finished_files(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(folder).items() if not name.startswith(".")}


def test_every_change_of_a_name_happens_under_the_guard(tmp_path, monkeypatch) -> None:
    fence, changed = Fence(), []
    for name in ("replace", "rename", "unlink"):
        change = getattr(Path, name)

        def noted(path: Path, *arguments: Any, change: Any = change, **named: Any) -> Any:
            if path.parent == tmp_path / "run":
                changed.append((path.name, fence.held))
            return change(path, *arguments, **named)

        monkeypatch.setattr(Path, name, noted)
    events_of(MLP, tmp_path, tmp_path / "run", guard=fence, pause=after(3))
    (tmp_path / "run" / "last.pt").write_bytes(b"damaged")
    events_of(MLP, tmp_path, tmp_path / "run", guard=fence)
    events_of(MLP, tmp_path, tmp_path / "run", guard=fence, start_over=True)
    assert {held for _, held in changed} == {1}
    assert {name for name, _ in changed} > {"last.pt", "previous.pt", "best.safetensors"}


def test_a_pause_saves_nothing_once_the_guard_raises(tmp_path) -> None:
    # It may tidy and write the picture.
    with pytest.raises(Superseded):
        events_of(MLP | {"dropout": 0.1}, tmp_path, tmp_path / "run", guard=Fence(2), pause=after(3))
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["samples.png"]


def test_starting_over_forgets_what_is_there(tmp_path) -> None:
    first = events_of(MLP, tmp_path, tmp_path / "run")
    kept = {path.name for path in (tmp_path / "run").iterdir()}
    assert kept == {"last.pt", "previous.pt", "best.safetensors", "samples.png", "predictions.zip"}
    stopped = events_of(MLP, tmp_path, tmp_path / "run", start_over=True, pause=lambda: True)
    assert [type(event) for event in stopped] == [Started, Paused]
    assert stopped[0].resumed_epoch == 0
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["samples.png"]
    again = events_of(MLP, tmp_path, tmp_path / "run")
    assert told(again) == told(first)


def test_starting_over_needs_nothing_that_can_be_read(tmp_path) -> None:
    events_of(MLP, tmp_path, tmp_path / "run")
    events_of(MLP | {"architecture": "cnn"}, tmp_path, tmp_path / "other")
    (tmp_path / "other" / "last.pt").replace(tmp_path / "run" / "last.pt")
    (tmp_path / "run" / "best.safetensors").write_bytes(b"")
    events = events_of(MLP, tmp_path, tmp_path / "run", start_over=True)
    assert isinstance(events[0], Started)
    assert load_last(tmp_path / "run")["config"] == load_best(tmp_path / "run")[1].config
