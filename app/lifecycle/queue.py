"""The Celery object and the one message it carries: "a run waits". The database is the truth, this is a hint.

Which run a worker then takes, the database says. Runs that need a GPU have a queue of their own, which only workers
with one listen to.
"""

from collections import Counter
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from app.store.models import Run

TASK = "train_runs"
QUEUE, GPU_QUEUE = "epochyard", "epochyard.gpu"
# So many workers hear at once of many runs; each that takes one tells another.
ENOUGH = 16
PATIENCE = {"socket_connect_timeout": 2, "socket_timeout": 5}
# kombu's own tries are two seconds apart and go on for four; whoever submits a run waits meanwhile.
AT_ONCE = PATIENCE | {"max_retries": 0}


class BrokerDown(Exception):
    """The broker does not answer; queued runs wait in the database until it does."""


def make_celery(broker_url: str) -> Celery:
    """A Celery that publishes quickly or not at all, and hands a worker one run at a time."""
    celery = Celery("epochyard", broker=broker_url)
    celery.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        # Early: a second delivery finds nothing to claim, and a lost run is found by its lease.
        task_acks_late=False,
        # A busy worker may hold one message back; whoever takes a run while others wait sends one more. Not
        # worker_disable_prefetch: with it a worker looks for the next message only once a second.
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=PATIENCE,
        task_publish_retry=False,
    )
    return celery


def queue_of(device_wanted: str) -> str:
    """The queue whose workers can train on the device that a run asks for: auto, cpu or cuda."""
    return GPU_QUEUE if device_wanted == "cuda" else QUEUE


def queues_of(*, gpu: bool) -> list[str]:
    """What a worker listens to."""
    return [GPU_QUEUE, QUEUE] if gpu else [QUEUE]


def enqueue(celery: Celery, *waiting: Run) -> None:
    """Tell workers that can train these runs that they wait, ENOUGH of each kind at most. Raises BrokerDown."""
    for queue, count in Counter(queue_of(run.device_wanted) for run in waiting).items():
        for _ in range(min(count, ENOUGH)):
            wake(celery, queue)


def wake(celery: Celery, queue: str) -> None:
    """Have one of the workers that listen to this queue look for runs. Raises BrokerDown."""
    with _connect(celery) as connection:
        try:
            celery.send_task(TASK, queue=queue, connection=connection)
        except _errors(connection) as error:
            raise _down(connection, error) from error


def check(celery: Celery) -> None:
    """Ask the broker for an answer. Raises BrokerDown."""
    with _connect(celery) as connection:
        try:
            connection.default_channel.client.ping()
        except _errors(connection) as error:
            raise _down(connection, error) from error


def _connect(celery: Celery) -> Any:
    """A connection of our own: those of Celery's pool are as patient as a worker should be."""
    return celery.connection_for_write(transport_options=AT_ONCE)


def _errors(connection: Any) -> tuple[type[Exception], ...]:
    """What kombu translates, and what it lets through; asked of it, because redis is loaded when it is needed."""
    return (OperationalError, *connection.connection_errors, *connection.channel_errors)


def _down(connection: Any, error: Exception) -> BrokerDown:
    # as_uri() leaves the password out.
    return BrokerDown(f"The broker at {connection.as_uri()} does not answer: {error}")
