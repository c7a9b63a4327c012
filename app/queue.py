"""The Celery object and the one message it carries: "run N waits". The database is the truth, this is a hint."""

from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

TASK = "train_run"
# What kombu translates, and what it lets through.
ERRORS = (OperationalError, RedisError, OSError)
PATIENCE = {"socket_connect_timeout": 2, "socket_timeout": 5}
# kombu's own tries are two seconds apart and go on for four; whoever submits a run waits meanwhile.
AT_ONCE = PATIENCE | {"max_retries": 0}


class BrokerDown(Exception):
    """The broker does not answer; queued runs wait in the database until it does."""


def make_celery(broker_url: str) -> Celery:
    """A Celery that publishes quickly or not at all, and hands a worker one run at a time."""
    celery = Celery("epochyard", broker=broker_url)
    celery.conf.update(
        task_ignore_result=True,
        # Early: a second delivery finds nothing to claim, and a lost run is found by its lease.
        task_acks_late=False,
        # A busy worker may hold one message back; the reaper then finds the queue empty and tells the idle ones. Not
        # worker_disable_prefetch: with it a worker looks for the next run only once a second.
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=PATIENCE,
        task_publish_retry=False,
    )
    return celery


def enqueue(celery: Celery, run_id: int) -> None:
    """Tell the workers that this run waits. Raises BrokerDown."""
    with _connect(celery) as connection:
        try:
            celery.send_task(TASK, args=[run_id], connection=connection)
        except ERRORS as error:
            raise _down(connection, error) from error


def check(celery: Celery) -> None:
    """Ask the broker for an answer. Raises BrokerDown."""
    with _connect(celery) as connection:
        try:
            connection.default_channel.client.ping()
        except ERRORS as error:
            raise _down(connection, error) from error


def _connect(celery: Celery) -> Any:
    """A connection of our own: those of Celery's pool are as patient as a worker should be."""
    return celery.connection_for_write(transport_options=AT_ONCE)


def _down(connection: Any, error: Exception) -> BrokerDown:
    # as_uri() leaves the password out.
    return BrokerDown(f"The broker at {connection.as_uri()} does not answer: {error}")
