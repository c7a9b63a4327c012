"""The Celery object and the one message it carries: "run N waits". The database is the truth, this is a hint."""

from celery import Celery
from kombu.exceptions import OperationalError

TASK = "train_run"


class BrokerDown(Exception):
    """The broker does not answer; queued runs wait in the database until it does."""


def make_celery(broker_url: str) -> Celery:
    """A Celery that publishes quickly or not at all, and hands a worker one run at a time."""
    celery = Celery("epochyard", broker=broker_url)
    celery.conf.update(
        task_ignore_result=True,
        # Early: a second delivery finds nothing to claim, and a lost run is found by its lease.
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        # A run reserved by a busy worker would wait while another worker idles.
        worker_disable_prefetch=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 5},
        task_publish_retry=False,
    )
    return celery


def enqueue(celery: Celery, run_id: int) -> None:
    """Tell the workers that this run waits. Raises BrokerDown."""
    try:
        celery.send_task(TASK, args=[run_id])
    except (OperationalError, OSError) as error:
        raise BrokerDown(f"The broker at {celery.conf.broker_url} does not answer: {error}") from error
