"""Workers and trainings that are killed, stopped, overtaken, told twice or asked to pause: no run is lost."""

import os
import random
import re
import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from app.lifecycle import runs, workers
from app.processes.devices import visible_gpus
from app.settings import Settings
from app.store.models import RunStatus, Worker, now
from tests.trainer.bits import kept_alike
from tests.worker.yard import Yard, until
from trainer.config import RunConfig

# Long enough that a busy machine is not taken for a dead one, short enough to wait for.
LEASE_SECONDS = 5.0
PROMISED_SECONDS = 12.0

SHORT = RunConfig(architecture="mlp", dataset="digits", epochs=2)
# More than a minute where it is left alone, as native code leaves it to torch.
LONG = RunConfig(
    architecture="mlp", dataset="digits", epochs=1000, batch_size=4, learning_rate=0.001, momentum=0.9, nesterov=True
)
# Native code leaves it to torch, a step at a time: more than a thousand steps an epoch.
STEPWISE = RunConfig(
    architecture="mlp", dataset="digits", epochs=9, batch_size=1, learning_rate=0.001, momentum=0.9, nesterov=True
)
# A report an epoch, and epochs long enough to be killed in.
KILLED = {
    "mlp": RunConfig(architecture="mlp", dataset="digits", epochs=200, batch_size=4, learning_rate=0.001),
    "lenet": RunConfig(architecture="lenet", dataset="digits", epochs=30, batch_size=8, learning_rate=0.001),
    "cnn": RunConfig(architecture="cnn", dataset="digits", epochs=50, batch_size=8, learning_rate=0.001, augment=True),
}


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Yard]:
    with redis.Redis(unix_socket_path=broker_url.removeprefix("redis+socket://")) as client:
        client.flushall()
    home = tmp_path_factory.mktemp("home")
    yard = Yard(Settings(home=home, data_dir=home / "datasets", broker_url=broker_url, lease_seconds=LEASE_SECONDS))
    yield yard
    yard.close()


@pytest.fixture
def crew(yard: Yard) -> Yard:
    """Two workers that have torch in memory and nothing to do."""
    living = {worker.pid for worker in yard.crew(2)}
    if not living <= yard.warm:
        run_ids = [yard.queue(LONG) for _ in range(2)]
        for run_id in run_ids:
            yard.trains(run_id)
        for run_id in run_ids:
            yard.change(run_id, runs.request_cancel)
            yard.ended(run_id)
        yard.warm |= living
    until(lambda: all(worker.run_id is None for worker in there(yard)))
    return yard


def there(yard: Yard) -> list[Worker]:
    with yard.database.read() as session:
        return list(workers.alive(session))


def drain(yard: Yard, wishes: dict[int, bool]) -> None:
    """By process id; returns when the workers have heard of it."""
    names = {worker.name: wishes[worker.pid] for worker in there(yard) if worker.pid in wishes}
    with yard.database.write() as session:
        for name, on in names.items():
            workers.request_drain(session, name, on)
    asked = now()
    until(lambda: sum(worker.name in names and worker.heartbeat_at > asked for worker in there(yard)) == len(wishes))


def worker_of(yard: Yard, run_id: int) -> int:
    """The process that trains this run."""
    run = until(lambda: run if (run := yard.run(run_id)).worker else None)
    return int(run.worker.rpartition("-")[2])


def same_figures(yard: Yard, one: int, other: int) -> bool:
    assert yard.epochs(one) == yard.epochs(other)
    assert yard.steps(one) == yard.steps(other)
    columns = (
        "best_epoch",
        "best_accuracy",
        "curve",
        "test_loss",
        "test_accuracy",
        "last_test_loss",
        "confusion",
        "only_best",
    )
    for column in columns:
        assert getattr(yard.run(one), column) == getattr(yard.run(other), column), column
    return kept_alike(*(yard.settings.run_folder(run_id) for run_id in (one, other)))


def kill_at_random(yard: Yard, config: RunConfig, victims: list[str], chance: random.Random) -> None:
    """Trains a run whose training or worker is killed again and again, and one that is left alone."""
    killed = yard.queue(config)
    for victim in victims:
        yard.crew(2)
        # An epoch of this very attempt: a run that gets nowhere would be given up.
        yard.trains(killed, yard.run(killed).epoch + 1)
        time.sleep(chance.uniform(0, 0.3))
        pid = yard.training_pid(killed) if victim == "training" else worker_of(yard, killed)
        attempt = yard.run(killed).attempt
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        until(lambda attempt=attempt: (run := yard.run(killed)).attempt > attempt and run.status == RunStatus.RUNNING)
        print(f"{config.architecture}: {victim} killed, trained again {time.monotonic() - began:.1f} s later")
    whole = yard.submit(config)
    assert yard.ended(killed).status == yard.ended(whole).status == RunStatus.FINISHED
    assert yard.run(killed).attempt >= len(victims) + 1
    assert len(yard.epochs(killed)) == config.epochs and len(yard.steps(killed)) >= config.epochs
    assert same_figures(yard, killed, whole)


def test_one_message_that_is_delivered_three_times_to_two_workers_gives_one_result(crew: Yard) -> None:
    run_id = crew.queue(SHORT)
    for _ in range(2):
        crew.messages.enqueue(crew.run(run_id))
    assert crew.ended(run_id).attempt == 1
    until(lambda: all(worker.run_id is None for worker in there(crew)))
    kinds = [event.kind for event in crew.events(run_id)]
    assert [row["epoch"] for row in crew.epochs(run_id)] == [1, 2]
    assert (kinds.count("started"), kinds.count("epoch"), kinds.count("finished")) == (1, 2, 1)


def test_two_runs_that_are_submitted_at_once_train_at_once_on_two_workers(crew: Yard) -> None:
    began = time.monotonic()
    run_ids = [crew.queue(LONG) for _ in range(2)]
    for run_id in run_ids:
        crew.becomes(run_id, RunStatus.RUNNING)
    took = time.monotonic() - began
    print(f"both are running after {took:.2f} s")
    assert len({worker_of(crew, run_id) for run_id in run_ids}) == 2
    for run_id in run_ids:
        crew.change(run_id, runs.request_cancel)
        crew.ended(run_id)
    assert took < 3


@pytest.mark.parametrize("how", ["the worker alone", "with its training"])
def test_a_worker_that_is_stopped_overtaken_and_continued_writes_not_one_row_or_file(crew: Yard, how: str) -> None:
    run_id = crew.queue(KILLED["lenet"])
    crew.trains(run_id)
    worker, training = worker_of(crew, run_id), crew.training_pid(run_id)
    stopped = [worker, training] if how == "with its training" else [worker]
    with standing_still(crew, stopped):
        if how == "the worker alone":
            # Nobody looks after it any more, and it leaves the device before its lease is over.
            began = time.monotonic()
            until(lambda: crew.is_gone(training))
            assert time.monotonic() - began < LEASE_SECONDS + 1
        run = crew.ended(run_id)
        assert (run.status, run.attempt) == (RunStatus.FINISHED, 2)
        before = everything(crew, run_id)
        # The training first: without its supervisor, which would kill it, it is alone with what it believes to be its
        # own.
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)
            until(lambda: crew.is_gone(training))
            assert everything(crew, run_id) == before
    # It has done with the run that was taken from it.
    until(lambda: [known.run_id for known in there(crew) if known.pid == worker] == [None])
    assert everything(crew, run_id) == before


@contextmanager
def standing_still(yard: Yard, pids: list[int]) -> Iterator[None]:
    """From a moment at which none of them is writing: one that stood still within its turn would keep everybody out.
    Afterwards they go on, for the tests that follow."""
    try:
        while True:
            signal_all(pids, signal.SIGSTOP)
            if yard.may_write():
                break
            signal_all(pids, signal.SIGCONT)
        yield
    finally:
        signal_all(pids, signal.SIGCONT)


def signal_all(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def everything(yard: Yard, run_id: int) -> tuple[Any, ...]:
    """All that there is of a run: rows, events, files."""
    events = [event.model_dump() for event in yard.events(run_id)]
    return yard.run(run_id).model_dump(), yard.epochs(run_id), yard.steps(run_id), events, yard.files(run_id)


def test_a_paused_run_goes_on_from_its_step_and_ends_with_the_same_bits(crew: Yard) -> None:
    run_id, whole = crew.queue(STEPWISE), crew.queue(STEPWISE)
    crew.trains(run_id)
    began = time.monotonic()
    crew.change(run_id, runs.request_pause)
    paused = crew.becomes(run_id, RunStatus.PAUSED)
    print(f"paused after {time.monotonic() - began:.1f} s")
    assert crew.is_gone(crew.training_pid(run_id))
    epoch, step = re.fullmatch(r"paused at epoch (\d), step (\d+)", crew.causes(run_id)[-1]).groups()
    assert paused.progress == pytest.approx((int(epoch) - 1 + int(step) / paused.facts["steps_per_epoch"]) / 9)
    known = crew.steps(run_id)
    crew.change(run_id, runs.resume)
    crew.messages.enqueue(paused)
    run = crew.ended(run_id)
    assert (run.status, run.attempt, run.facts["resumed_epoch"]) == (RunStatus.FINISHED, 2, int(epoch) - 1)
    assert run.facts["resumed_step"] == int(step)
    assert crew.steps(run_id)[: len(known)] == known
    assert crew.ended(whole).status == RunStatus.FINISHED
    assert same_figures(crew, run_id, whole)
    told = [(event.payload["epoch"], event.payload["step"]) for event in crew.events(run_id) if event.kind == "step"]
    assert told == [(row["epoch"], row["step"]) for row in crew.steps(run_id)]


@pytest.mark.parametrize(
    ("ask", "status"), [(runs.request_cancel, RunStatus.CANCELLED), (runs.request_pause, RunStatus.PAUSED)]
)
def test_a_training_that_answers_nothing_is_cancelled_or_paused_in_time_and_nothing_of_it_is_left(
    crew: Yard, ask: Any, status: RunStatus
) -> None:
    run_id = crew.queue(LONG)
    crew.trains(run_id)
    training = crew.training_pid(run_id)
    # Deaf to SIGTERM and to everything else, as in a native call that never ends.
    os.kill(training, signal.SIGSTOP)
    began = time.monotonic()
    crew.change(run_id, ask)
    run = crew.becomes(run_id, status)
    took = time.monotonic() - began
    assert crew.is_gone(training)
    print(f"{status} after {took:.1f} s")
    assert took < PROMISED_SECONDS
    if status == RunStatus.PAUSED:
        assert crew.causes(run_id)[-1] == f"paused after epoch {run.epoch}: the training did not answer and was killed"
        crew.change(run_id, runs.request_cancel)


def test_a_wish_to_pause_that_is_withdrawn_stops_nothing_for_good(crew: Yard) -> None:
    run_id = crew.queue(STEPWISE)
    crew.trains(run_id)
    os.kill(crew.training_pid(run_id), signal.SIGSTOP)
    crew.change(run_id, runs.request_pause)
    time.sleep(2)  # the supervisor has asked the training by now, which does not hear it yet
    crew.change(run_id, runs.resume)
    os.kill(crew.training_pid(run_id), signal.SIGCONT)
    run = crew.ended(run_id)
    assert run.status == RunStatus.FINISHED
    assert RunStatus.PAUSED not in [event.payload["status"] for event in crew.events(run_id) if event.kind == "status"]


def test_a_draining_worker_finishes_its_run_and_takes_no_other_until_it_may(crew: Yard) -> None:
    running = crew.queue(LONG)
    pid = worker_of(crew, running)
    until(lambda: [worker.run_id for worker in there(crew) if worker.pid == pid] == [running])
    drain(crew, {pid: True})
    others = [crew.queue(SHORT) for _ in range(3)]
    for run_id in others:
        assert crew.ended(run_id).status == RunStatus.FINISHED
        assert f"-{pid}" not in " ".join(crew.causes(run_id))
    assert crew.run(running).status == RunStatus.RUNNING
    crew.change(running, runs.request_cancel)
    assert crew.ended(running).status == RunStatus.CANCELLED
    # Idle, it leaves the messages to others as well.
    late = crew.queue(SHORT)
    assert crew.ended(late).status == RunStatus.FINISHED
    assert f"-{pid}" not in " ".join(crew.causes(late))
    (other,) = (process.pid for process in crew.crew(2) if process.pid != pid)
    drain(crew, {pid: False, other: True})
    again = crew.queue(SHORT)
    assert (worker_of(crew, again), crew.ended(again).status) == (pid, RunStatus.FINISHED)
    drain(crew, {other: False})


def test_a_worker_that_is_told_to_stop_loses_not_a_step_of_its_run(crew: Yard) -> None:
    run_id = crew.queue(STEPWISE)
    crew.trains(run_id)
    pid = worker_of(crew, run_id)
    (worker,) = (process for process in crew.workers if process.pid == pid)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    print(f"stopped after {time.monotonic() - began:.1f} s")
    assert pid not in [known.pid for known in there(crew)]
    run = crew.ended(run_id)  # by the other one, which is told
    (cause,) = (cause for cause in crew.causes(run_id) if "was stopped" in cause)
    epoch, step = re.search(r"it goes on at epoch (\d), step (\d+)", cause).groups()
    assert run.status == RunStatus.FINISHED
    assert (run.facts["resumed_epoch"] + 1, run.facts["resumed_step"]) == (int(epoch), int(step))


def test_nothing_is_left_of_a_worker_that_is_killed_not_even_a_training_that_answers_nothing(yard: Yard) -> None:
    yard.crew(2)  # one is left to tell of it
    run_id = yard.submit(LONG)
    yard.trains(run_id)
    training, worker = yard.training_pid(run_id), worker_of(yard, run_id)
    os.kill(training, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    until(lambda: yard.is_gone(training), seconds=5)
    yard.change(run_id, runs.request_cancel)
    assert yard.ended(run_id).status == RunStatus.CANCELLED


def test_a_training_that_dies_three_times_without_a_new_epoch_fails_naming_the_signal_and_what_to_do(
    yard: Yard,
) -> None:
    run_id = yard.submit(STEPWISE)
    for attempt in (1, 2, 3):
        # As soon as there is one, long before an epoch is over.
        os.kill(yard.training_pid(run_id, attempt), signal.SIGKILL)
    run = yard.ended(run_id)
    assert (run.status, run.attempt) == (RunStatus.FAILED, 3)
    assert run.error.startswith("The training process was killed by signal 9 (SIGKILL), 3 times in a row")
    assert "batch_size" in run.error
    # And it may be tried again, with all its chances.
    yard.change(run_id, runs.retry)
    yard.messages.enqueue(yard.run(run_id))
    assert yard.ended(run_id).status == RunStatus.FINISHED


def test_a_loss_that_is_no_number_fails_that_run_alone(yard: Yard) -> None:
    wild = {"learning_rate": 100.0, "weight_decay": 10.0}  # every step takes the weights a thousandfold further
    growing = RunConfig(architecture="cnn", dataset="digits", epochs=2, optimizer="sgd", **wild)
    lost, next_one = yard.submit(growing), yard.queue(SHORT)
    run = yard.ended(lost)
    assert (run.status, run.attempt) == (RunStatus.FAILED, 1)
    assert "The loss became" in run.error and "learning rate" in run.error
    assert yard.ended(next_one).status == RunStatus.FINISHED


def test_a_run_that_the_machine_has_no_memory_for_fails_alone(yard: Yard) -> None:
    for server in fork_servers(yard):
        size = int(re.search(r"VmSize:\s+(\d+) kB", Path(f"/proc/{server}/status").read_text()).group(1)) << 10
        # What it forks inherits the limit: enough for a small network.
        resource.prlimit(server, resource.RLIMIT_AS, (size + (768 << 20), resource.RLIM_INFINITY))
    big = RunConfig(architecture="vgg11", dataset="digits", epochs=1, batch_size=1024, precision="fp32")
    greedy, next_one = yard.submit(big), yard.queue(SHORT)
    run = yard.ended(greedy)
    assert (run.status, run.attempt) == (RunStatus.FAILED, 1)
    assert run.error.startswith("Memory ran out. Lower batch_size (now 1024)")
    assert yard.ended(next_one).status == RunStatus.FINISHED
    for server in fork_servers(yard):
        resource.prlimit(server, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def fork_servers(yard: Yard) -> list[int]:
    """The processes that hold torch, one a worker."""
    children = [Path(f"/proc/{w.pid}/task/{w.pid}/children").read_text().split() for w in yard.crew(1)]
    pids = [int(pid) for found in children for pid in found]
    return [pid for pid in pids if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_worker_says_what_it_is_and_holds_no_torch_of_its_own(yard: Yard) -> None:
    pid = yard.worker.pid
    worker = until(lambda: next((known for known in there(yard) if known.pid == pid), None))
    assert (worker.host, worker.gpu, worker.draining) == (socket.gethostname(), bool(visible_gpus(os.environ)), False)
    assert worker.device and worker.memory_total > worker.memory_used > 0 and 0 <= worker.utilisation <= 1
    assert yard.ended(yard.submit(SHORT)).status == RunStatus.FINISHED
    assert "libtorch" not in Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.parametrize("architecture", KILLED)
def test_a_run_that_is_killed_at_random_moments_ends_with_the_bits_of_one_that_is_not(
    yard: Yard, architecture: str
) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    victims = {"mlp": ["training"] * 3, "lenet": ["training", "training", "worker"], "cnn": ["training", "worker"] * 2}
    kill_at_random(yard, KILLED[architecture], chance.sample(victims[architecture], len(victims[architecture])), chance)


@pytest.mark.soak
@pytest.mark.parametrize("architecture", KILLED)
def test_a_hundred_kills_cost_nothing(yard: Yard, architecture: str) -> None:
    # An MLP's thousand epochs are over in twenty seconds.
    epochs = 1000 if architecture == "mlp" else 500
    config = RunConfig(**{**KILLED[architecture].as_dict(), "epochs": epochs})
    chance = random.Random(architecture)
    kill_at_random(yard, config, chance.choices(["training", "worker"], weights=[4, 1], k=34), chance)
