"""Workers that share no disk: what one has stored and recorded is what the next goes on from."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load

from app.lifecycle import runs
from app.settings import Settings
from app.store.artifacts import Store
from app.store.models import Run, RunStatus
from trainer.config import RunConfig
from worker import artifacts
from worker.artifacts import CannotStore, Keeper, Place, Sweeper

RUN = 7


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/store"


def epoch(folder: Path, number: int) -> None:
    """What the trainer leaves: the checkpoint before is renamed, the new one takes its name."""
    if (folder / "last.pt").exists():
        (folder / "last.pt").replace(folder / "previous.pt")
    (folder / "last.pt").write_text(f"epoch {number}")
    with (folder / "log.txt").open("a") as log:
        log.write(f"epoch {number}\n")


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != ".stored"}


def keeper(url: str, folder: Path, attempt: int = 1, files: dict[str, str] | None = None, **values: bool) -> Keeper:
    made = Keeper(Place(url, RUN, attempt, files, **values), folder)
    made.fetch()
    return made


def places(url: str) -> set[str]:
    return set(Store(url).places(RUN))


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_another_machine_goes_on_from_what_was_recorded_and_from_nothing_else(url: str, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    first = keeper(url, here)
    epoch(here, 1)
    epoch(here, 2)
    recorded = first.save()
    then = contents(here)
    epoch(here, 3)
    first.save()  # but nobody recorded it
    keeper(url, there, 2, recorded)
    assert contents(there) == then == {"last.pt": "epoch 2", "previous.pt": "epoch 1", "log.txt": "epoch 1\nepoch 2\n"}
    # Also on the machine that has the newer ones.
    keeper(url, here, 3, recorded)
    assert contents(here) == then


def test_a_checkpoint_that_was_never_recorded_is_not_resumed_from(url: str, tmp_path: Path) -> None:
    keeper(url, tmp_path / "run")
    epoch(tmp_path / "run", 1)
    keeper(url, tmp_path / "run", 2)
    assert set(contents(tmp_path / "run")) == {"log.txt"}


def test_a_checkpoint_from_before_there_was_a_store_is_resumed_from(url: str, tmp_path: Path) -> None:
    epoch(tmp_path, 1)
    keeper(url, tmp_path, 2)
    assert (tmp_path / "last.pt").exists()


def test_starting_over_keeps_only_the_log(url: str, tmp_path: Path) -> None:
    first = keeper(url, tmp_path / "run")
    epoch(tmp_path / "run", 1)
    keeper(url, tmp_path / "run", 2, first.save(), start_over=True)
    assert contents(tmp_path / "run") == {"log.txt": "epoch 1\n"}


def test_only_what_has_changed_is_stored_again(url: str, tmp_path: Path) -> None:
    kept = keeper(url, tmp_path / "run")
    (tmp_path / "run" / "samples.png").write_text("png")
    epoch(tmp_path / "run", 1)
    kept.save()
    epoch(tmp_path / "run", 2)
    files = kept.save()
    assert files == {
        "last.pt": "1/2/last.pt",
        "previous.pt": "1/1/last.pt",
        "samples.png": "1/1/samples.png",
        "log.txt": "1/2/log.txt",
    }
    assert set(files.values()) == places(url) - {"1/1/log.txt"}


def test_files_go_when_two_newer_ones_are_recorded(url: str, tmp_path: Path) -> None:
    first = keeper(url, tmp_path / "one")
    epoch(tmp_path / "one", 1)
    recorded = first.save()
    second = keeper(url, tmp_path / "two", 2, recorded)
    sweeper = Sweeper(second.place)
    manifests = []
    for number in (2, 3, 4):
        epoch(tmp_path / "two", number)
        manifests.append(second.save())
    sweeper.recorded(manifests[0])
    sweeper.recorded(manifests[1])
    kept = {*manifests[0].values(), *manifests[1].values()}
    # The third is stored and not recorded yet.
    until(lambda: places(url) == kept | set(manifests[2].values()))


def test_an_overtaken_worker_takes_back_what_it_could_not_record(url: str, tmp_path: Path) -> None:
    slow = keeper(url, tmp_path / "slow")
    sweeper = Sweeper(slow.place)
    epoch(tmp_path / "slow", 1)
    recorded = slow.save()
    sweeper.recorded(recorded)
    fast = keeper(url, tmp_path / "fast", 2, recorded)
    epoch(tmp_path / "fast", 2)
    newer = fast.save()
    epoch(tmp_path / "slow", 2)
    slow.save()
    sweeper.overtaken()
    until(lambda: places(url) == {*recorded.values(), *newer.values()})


def test_a_store_that_takes_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "PATIENCE_SECONDS", 0.0)
    (tmp_path / "store").write_text("no folder")
    kept = keeper(f"file://{tmp_path}/store", tmp_path / "run")
    epoch(tmp_path / "run", 1)
    with pytest.raises(CannotStore, match=rf"^file://{tmp_path}/store/7/1/1/last.pt cannot be stored .*retry the run"):
        kept.save()


def test_a_killed_workers_run_is_finished_on_another_machine_with_the_same_bits(
    yard: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RunConfig(architecture="lenet", dataset="digits", epochs=40, device="cpu", deterministic=True)
    url = f"file://{tmp_path}/store"
    monkeypatch.setenv("EPOCHYARD_DATABASE_URL", yard.settings.database)
    monkeypatch.setenv("EPOCHYARD_LEASE_SECONDS", "6")
    monkeypatch.setenv("EPOCHYARD_ARTIFACTS_URL", url)
    here, there = (Settings(home=tmp_path / name, broker_url=yard.settings.broker) for name in ("here", "there"))
    worker = yard.start_another(here)
    try:
        whole, interrupted = submit(yard, config), submit(yard, config)
        assert yard.ended(whole).status == RunStatus.FINISHED
        yard.trains(interrupted, epoch=3)
    finally:
        worker.kill()
        worker.wait()
    assert yard.run(interrupted).status == RunStatus.RUNNING
    worker = yard.start_another(there)
    try:
        run = yard.ended(interrupted)
    finally:
        worker.terminate()
        worker.wait()
    assert run.status == RunStatus.FINISHED and run.attempt > 1
    assert yard.epochs(interrupted) == yard.epochs(whole)
    assert best(url, run) == best(url, yard.run(whole))


def submit(yard: Any, config: RunConfig) -> int:
    """Unlike the yard's, it starts no worker."""
    with yard.database.write() as session:
        run = runs.submit(session, config)
    yard.messages.enqueue(run)
    return run.id or 0


def best(url: str, run: Run) -> dict[str, bytes]:
    """The weights alone: the order of the file's metadata is another in each process."""
    with Store(url).open(run.id or 0, run.stored["best.safetensors"]) as file:  # type: ignore[index]
        return {name: array.tobytes() for name, array in load(file.read()).items()}
