"""What is said to the workers by way of the broker: "a run waits". The database is the truth, this is a hint.

Which run a worker then takes, the database says. Runs that need a GPU have a queue of their own, which only workers
with one listen to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.store.models import Run

if TYPE_CHECKING:
    from celery import Celery

TASK = "train_runs"
QUEUE, GPU_QUEUE = "epochyard", "epochyard.gpu"
# So many workers hear at once of many runs; each that takes one tells another.
ENOUGH = 16
PATIENCE = {"socket_connect_timeout": 2, "socket_timeout": 5}
# kombu's own tries are two seconds apart and go on for four; whoever submits a run waits meanwhile.
AT_ONCE = PATIENCE | {"max_retries": 0}


class BrokerDown(Exception):
    """The broker does not answer; queued runs wait in the database until it does."""


class Messages:
    """What this process says to the workers: quickly, or not at all."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url

    @cached_property
    def celery(self) -> Celery:
        """Made, and loaded, with the first word: a web process that only shows pages is lighter without it."""
        from celery import Celery

        celery = Celery("epochyard", broker=self._broker_url)
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

    def enqueue(self, *waiting: Run) -> None:
        """Tell workers that can train these runs that they wait, ENOUGH of each kind at most. Raises BrokerDown."""
        for queue, count in Counter(queue_of(run.device_wanted) for run in waiting).items():
            for _ in range(min(count, ENOUGH)):
                self.wake(queue)

    def wake(self, queue: str) -> None:
        """Have one of the workers that listen to this queue look for runs. Raises BrokerDown."""
        with self._connection() as connection:
            self.celery.send_task(TASK, queue=queue, connection=connection)

    def check(self) -> None:
        """Ask the broker for an answer. Raises BrokerDown."""
        with self._connection() as connection:
            connection.default_channel.client.ping()

    def empty_queues(self) -> set[str]:
        """The queues in which no message waits for a worker. Raises BrokerDown."""
        with self._connection() as connection:
            client = connection.default_channel.client
            return {name for name in (QUEUE, GPU_QUEUE) if int(client.llen(name)) == 0}

    def close(self) -> None:
        if "celery" in self.__dict__:
            self.celery.close()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """One of our own: those of Celery's pool are as patient as a worker should be. Raises BrokerDown."""
        with self.celery.connection_for_write(transport_options=AT_ONCE) as connection:
            try:
                yield connection
            except _errors(connection) as error:
                # as_uri() leaves the password out.
                raise BrokerDown(f"The broker at {connection.as_uri()} does not answer: {error}") from error


def queue_of(device_wanted: str) -> str:
    """The queue whose workers can train on the device that a run asks for: auto, cpu or cuda."""
    return GPU_QUEUE if device_wanted == "cuda" else QUEUE


def queues_of(*, gpu: bool) -> list[str]:
    """What a worker listens to."""
    return [GPU_QUEUE, QUEUE] if gpu else [QUEUE]


def _errors(connection: Any) -> tuple[type[Exception], ...]:
    """What kombu translates, and what it lets through; asked of it, because redis is loaded when it is needed."""
    from kombu.exceptions import OperationalError

    return (OperationalError, *connection.connection_errors, *connection.channel_errors)
