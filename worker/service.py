"""One worker: a Celery consumer that trains one run at a time, on one GPU or on the CPU."""

import logging
import os
import socket
import threading
import warnings

from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning

from app.database import Database
from app.migrate import SchemaTooNew, migrate
from app.queue import make_celery
from app.reaper import reap_forever
from app.settings import Settings
from worker import process, tasks
from worker.patience import Patience

log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Works until SIGTERM or SIGINT; returns the exit code."""
    name = f"{socket.gethostname()}-{os.getpid()}"
    configure_logging(name)
    process.warm_up()
    database, celery, stopping = Database(settings.database), make_celery(settings.broker), threading.Event()
    try:
        # The database may start at the same time as this.
        Patience(stopping).insist(lambda: migrate(database))
    except SchemaTooNew as error:
        log.error("%s", error)
        return 1
    tasks.register(celery, database, settings, name, stopping)
    reaper = threading.Thread(target=reap_forever, args=(database, celery, stopping), daemon=True)
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
    celery.conf.broker_connection_max_retries = None
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
    """Short lines on standard error; those of libraries only from warnings on."""
    logging.basicConfig(format=f"%(asctime)s worker {name}: %(message)s", datefmt="%H:%M:%S", level=logging.INFO)
    for library in ("celery", "kombu", "amqp", "alembic"):
        logging.getLogger(library).setLevel(logging.WARNING)
    warnings.simplefilter("ignore", SecurityWarning)  # messages are JSON: root in a container is no danger here
    signals.setup_logging.connect(_ours_is_enough, weak=False)


def _ours_is_enough(**_: object) -> None:
    """Celery leaves logging alone when this signal has a receiver."""
