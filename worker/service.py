"""One worker: a Celery consumer that trains one run at a time, on one GPU or on the CPU."""

import logging
import os
import socket
import threading
import warnings

from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning

from app.database import Database
from app.queue import make_celery
from app.reaper import reap_forever
from app.settings import Settings
from worker import process, tasks

log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Works until SIGTERM or SIGINT; returns the exit code."""
    name = f"{socket.gethostname()}-{os.getpid()}"
    configure_logging(name)
    process.warm_up()
    database, celery, stopping = Database(settings.database), make_celery(settings.broker), threading.Event()
    tasks.register(celery, database, settings, name, stopping)
    reaper = threading.Thread(target=reap_forever, args=(database, celery, settings, stopping), daemon=True)
    reaper.start()
    connect_signals(stopping)
    try:
        return consume(celery, name)
    finally:
        stopping.set()
        reaper.join()
        database.close()
        log.info("stopped")


def consume(celery: Celery, name: str) -> int:
    """Celery's own loop. Threads, so that it answers and keeps its connection while a run trains."""
    # A broker that is away is waited for, however long.
    # With worker_disable_prefetch a worker that lost its connection stopped taking messages (Celery 5.7.0, seen). So a
    # busy one may hold one message back; the reaper then finds the queue empty and tells the idle ones.
    celery.conf.update(broker_connection_max_retries=None, worker_disable_prefetch=False)
    worker = celery.Worker(
        pool="threads", concurrency=1, hostname=name, quiet=True, without_gossip=True, without_mingle=True
    )
    worker.start()
    return int(worker.exitcode or 0)


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
    """Short lines on standard error; Celery's own only from warnings on."""
    logging.basicConfig(format=f"%(asctime)s worker {name}: %(message)s", datefmt="%H:%M:%S", level=logging.INFO)
    for library in ("celery", "kombu", "amqp"):
        logging.getLogger(library).setLevel(logging.WARNING)
    warnings.simplefilter("ignore", SecurityWarning)  # messages are JSON: root in a container is no danger here
    signals.setup_logging.connect(_ours_is_enough, weak=False)


def _ours_is_enough(**_: object) -> None:
    """Celery leaves logging alone when this signal has a receiver."""
