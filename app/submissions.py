"""From what somebody asks for to runs in the queue: all of them or none, and kept even while the broker is down."""

import logging
from collections.abc import Sequence
from pathlib import Path

from celery import Celery
from sqlalchemy import update
from sqlmodel import col

from app import runs
from app.database import Database
from app.models import Run, RunStatus
from app.queue import BrokerDown, enqueue
from app.schemas import RunSubmission
from trainer.catalog import DATASETS, resolve
from trainer.config import ConfigError, RunConfig

log = logging.getLogger(__name__)

WAITS = (
    "The broker does not answer, so no worker knows of this run yet. It is kept and starts by itself when the broker "
    "is back; see that it runs and that EPOCHYARD_BROKER_URL names it."
)


def launch(
    database: Database,
    celery: Celery,
    submissions: Sequence[RunSubmission],
    *,
    group: str | None = None,
    data_folder: Path | None = None,
) -> list[Run]:
    """Write all in one transaction, then tell the workers. Without a data folder only the built-in data sets exist.

    Raises ConfigError, with nothing written, when one of them cannot be trained.
    """
    configs = [_checked(submission, data_folder) for submission in submissions]
    with database.write() as session:
        launched = [
            runs.submit(
                session, config, name=submission.name, tags=submission.tags, notes=submission.notes, group=group
            )
            for submission, config in zip(submissions, configs, strict=True)
        ]
    _announce(database, celery, launched)
    return launched


def prepared(data_folder: Path | None) -> list[str]:
    """The names of the .npz files that somebody put into the data folder."""
    paths = data_folder.glob("*.npz") if data_folder else ()
    return sorted(path.stem for path in paths if path.stem not in DATASETS)


def _checked(submission: RunSubmission, data_folder: Path | None) -> RunConfig:
    config = resolve(submission.settings())
    own = prepared(data_folder)
    if config.dataset not in DATASETS and config.dataset not in own:
        folder = f"the data folder {data_folder}" if data_folder else "the data folder"
        raise ConfigError(
            {
                "dataset": f"{config.dataset!r} is unknown; known are {', '.join((*DATASETS, *own))}. "
                f"For a data set of your own put {config.dataset}.npz into {folder}"
            }
        )
    return config


def _announce(database: Database, celery: Celery, launched: Sequence[Run]) -> None:
    """Send every id to the workers; with the broker down the runs say so, and the reaper sends them later."""
    for place, run in enumerate(launched):
        try:
            enqueue(celery, run.id or 0)
        except BrokerDown as error:
            # The others would wait for the same answer.
            log.warning("%s", error)
            _note(database, launched[place:])
            return


def _note(database: Database, waiting: Sequence[Run]) -> None:
    ids = [run.id for run in waiting]
    statement = update(Run).where(col(Run.id).in_(ids), col(Run.status) == RunStatus.QUEUED).values(message=WAITS)
    with database.write() as session:
        session.connection().execute(statement)
    for run in waiting:
        run.message = WAITS
