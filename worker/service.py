"""One worker: a Celery consumer that trains one run at a time, on one GPU or on the CPU."""

import logging
import os
import socket
import threading
import warnings
from typing import Any

from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning

from app.lifecycle.queue import Messages, queues_of
from app.lifecycle.reaper import reap_forever
from app.processes.devices import visible_gpus
from app.settings import Settings
from app.store.database import Database
from app.store.filesystems import OnNetwork
from app.store.migrate import SchemaTooNew, migrate
from worker import process
from worker.heartbeat import Heartbeat
from worker.patience import Patience
from worker.tasks import Bench

log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Works until SIGTERM or SIGINT; returns the exit code."""
    name = f"{socket.gethostname()}-{os.getpid()}"
    configure_logging(name)
    process.warm_up()
    messages, stopping = Messages(settings.broker), threading.Event()
    try:
        database = Database(settings.database)
        # The database may start at the same time as this.
        Patience(stopping).insist(lambda: migrate(database))
    except (OnNetwork, SchemaTooNew) as error:
        log.error("%s", error)
        return 1
    gpus = visible_gpus(os.environ)
    intake = Intake(messages.celery, name, queues_of(gpu=bool(gpus)))
    heartbeat = Heartbeat(database, name, gpus, intake.close)
    Bench(messages, database, settings, name, stopping, heartbeat)
    reaper = threading.Thread(target=reap_forever, args=(database, messages, stopping), daemon=True)
    reaper.start()
    heartbeat.start()
    connect_signals(stopping)
    try:
        return intake.run()
    finally:
        stopping.set()
        heartbeat.leave()
        reaper.join()
        database.close()
        log.info("stopped")


class Intake:
    """Celery's own loop, and the queues that it takes messages from."""

    def __init__(self, celery: Celery, name: str, queues: list[str]) -> None:
        # A broker that is away is waited for, however long.
        celery.conf.broker_connection_max_retries = None
        self._queues = queues
        # Threads, so that it answers and keeps its connection while a run trains.
        self._worker: Any = celery.Worker(
            pool="threads",
            concurrency=1,
            hostname=name,
            queues=queues,
            quiet=True,
            without_gossip=True,
            without_mingle=True,
        )

    def run(self) -> int:
        """Until SIGTERM or SIGINT; returns the exit code."""
        self._worker.start()
        return int(self._worker.exitcode or 0)

    def close(self, closed: bool) -> None:
        """Take no messages any more, so that others get them; or take them again."""
        consumer = self._worker.consumer
        for queue in self._queues:
            consumer.call_soon(consumer.cancel_task_queue if closed else consumer.add_task_queue, queue)


def connect_signals(stopping: threading.Event) -> None:
    """The first SIGTERM or SIGINT stops the run that trains, so that Celery's orderly end comes at once."""

    def stop(**_: object) -> None:
        stopping.set()

    def ready(**_: object) -> None:
        # Told at every lost connection, of a setting that queue.py has decided on; Celery's start resets the filters.
        warnings.simplefilter("ignore", CPendingDeprecationWarning)
        log.info("ready on %s", os.environ.get("CUDA_VISIBLE_DEVICES") or "the CPU")

    signals.worker_shutting_down.connect(stop, weak=False)
    signals.worker_ready.connect(ready, weak=False)


def configure_logging(name: str) -> None:
    """Short lines on standard error; those of libraries only from warnings on."""
    logging.basicConfig(format=f"%(asctime)s worker {name}: %(message)s", datefmt="%H:%M:%S", level=logging.INFO)
    for library in ("celery", "kombu", "amqp", "alembic"):
        logging.getLogger(library).setLevel(logging.WARNING)
    warnings.simplefilter("ignore", SecurityWarning)  # messages are JSON: root in a container is no danger here
    signals.setup_logging.connect(_ours_is_enough, weak=False)


def _ours_is_enough(**_: object) -> None:
    """Celery leaves logging alone when this signal has a receiver."""
