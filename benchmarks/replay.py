"""Workers without training: the real task code, with each training's events replayed at a steady pace."""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from app.lifecycle.queue import Messages, queues_of
from app.lifecycle.reaper import reap_forever
from app.settings import Settings
from app.store.database import Database
from trainer.config import RunConfig
from trainer.events import EpochFinished, Event, Finished, Started, StepLogged
from worker import process, service, supervisor, tasks
from worker.child import Order
from worker.heartbeat import Heartbeat

CONFUSION = [[90 if row == column else 1 for column in range(10)] for row in range(10)]


def script(config: RunConfig, steps: int) -> Iterator[Event]:
    """What a training with so many step reports an epoch tells."""
    yield Started(
        parameters=61_706,
        device="cpu",
        precision="fp32",
        steps_per_epoch=100 * steps,
        train_images=54_000,
        validation_images=6_000,
        test_images=10_000,
        shape=(1, 28, 28),
        classes=tuple("0123456789"),
        selection="validation",
    )
    for epoch in range(1, config.epochs + 1):
        for step in range(1, steps + 1):
            yield StepLogged(epoch=epoch, step=100 * step, loss=1 / epoch, accuracy=0.9, learning_rate=0.001)
        yield EpochFinished(
            epoch=epoch,
            train_loss=1 / epoch,
            train_accuracy=0.9,
            validation_loss=1 / epoch,
            validation_accuracy=0.9,
            test_loss=None,
            test_accuracy=None,
            learning_rate=0.001,
            seconds=1.0,
            images_per_second=54_000.0,
            confusion=CONFUSION,
            best=epoch == 1,
        )
    yield Finished(
        best_epoch=1,
        best_accuracy=0.9,
        test_loss=1.0,
        test_accuracy=0.9,
        last_test_loss=1.0,
        last_test_accuracy=0.9,
        only_best=0,
        only_last=0,
        confusion=CONFUSION,
    )


class Replay:
    """Stands in for worker.process.TrainingProcess: an event becomes readable every `interval` seconds."""

    steps = 5
    interval = 1.0
    pid = None
    # What the supervisor wishes.
    pause = False

    def __init__(self, order: Order, *_: Any) -> None:
        self._events = deque(script(order.config, self.steps))
        self._due = time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(max(0.0, min(seconds, self._due - time.monotonic())))

    def receive(self) -> list[Event]:
        received = []
        while self._events and self._due <= time.monotonic():
            received.append(self._events.popleft())
            self._due += self.interval
        return received

    @property
    def alive(self) -> bool:
        return bool(self._events)

    def kill(self) -> None:
        self._events.clear()

    stop = join = close = kill

    def death(self) -> tuple[str, str]:
        return "the replay was stopped", ""


def work(settings: Settings, name: str, workers: int, steps: int, interval: float) -> None:
    """A process that is so many workers; it ends when it is killed.

    As worker.service.serve, with threads for workers. They share a Celery consumer and a pool of connections.
    """
    service.configure_logging(name)
    logging.getLogger().setLevel(logging.WARNING)
    Replay.steps, Replay.interval = steps, interval
    # No torch, and no process: all else is what a worker does.
    setattr(process, "wait_until_warm", lambda: None)  # noqa: B010
    setattr(supervisor, "TrainingProcess", Replay)  # noqa: B010
    messages, database, stopping = Messages(settings.broker), Database(settings.database), threading.Event()
    # A real worker has its pool for itself, and waits for the database only.
    setattr(database.engine.pool, "_timeout", 3600.0)  # noqa: B010
    beats = [Heartbeat(database, f"{name}-{number}", [], lambda _: None) for number in range(workers)]
    tasks.Bench(messages, database, settings, name, stopping, beats[0])
    for beat in beats:
        beat.start()
        threading.Thread(target=reap_forever, args=(database, messages, stopping), daemon=True).start()
    messages.celery.Worker(
        pool="threads",
        concurrency=workers,
        hostname=name,
        queues=queues_of(gpu=False),
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    ).start()
