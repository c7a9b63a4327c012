"""From what somebody asks for to runs in the queue: all of them or none, and kept even while the broker is down."""

import logging
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col

from app.lifecycle import runs
from app.lifecycle.queue import BrokerDown, Messages
from app.lifecycle.schemas import RunSubmission
from app.lifecycle.told import Told
from app.store.database import Database
from app.store.models import Run, RunStatus
from trainer.catalog import DATASETS, resolve
from trainer.config import ConfigError, RunConfig

log = logging.getLogger(__name__)


def launch(
    database: Database,
    messages: Messages,
    submissions: Sequence[RunSubmission],
    *,
    group: str | None = None,
    data_folder: Path | None = None,
) -> list[Run]:
    """Write all in one transaction, then tell the workers. Without a data folder only the built-in data sets exist.

    Raises ConfigError, with nothing written, when one of them cannot be trained.
    """
    configs = [checked(resolve(submission.settings()), data_folder) for submission in submissions]
    with database.write() as session:
        launched = [
            runs.submit(
                session,
                config,
                name=submission.name,
                tags=submission.tags,
                notes=submission.notes,
                group=group,
                priority=submission.priority,
            )
            for submission, config in zip(submissions, configs, strict=True)
        ]
    announce(database, messages, launched)
    return launched


def prepared(data_folder: Path | None) -> list[str]:
    """The names of the .npz files that somebody put into the data folder."""
    paths = data_folder.glob("*.npz") if data_folder else ()
    return sorted(path.stem for path in paths if path.stem not in DATASETS)


def checked(config: RunConfig, data_folder: Path | None) -> RunConfig:
    """The configuration, if its data set exists. Raises ConfigError."""
    if config.dataset not in DATASETS and config.dataset not in (own := prepared(data_folder)):
        folder = f"the data folder {data_folder}" if data_folder else "the data folder"
        raise ConfigError(
            {
                "dataset": f"{config.dataset!r} is unknown; known are {', '.join((*DATASETS, *own))}. "
                f"For a data set of your own put {config.dataset}.npz into {folder}"
            }
        )
    return config


def announce(database: Database, messages: Messages, waiting: Sequence[Run]) -> None:
    """Tell the workers of runs that wait; with the broker down the runs say so, and the reaper tells them later."""
    try:
        messages.enqueue(*waiting)
    except BrokerDown as error:
        log.warning("%s", error)
        _note(database, waiting)


def _note(database: Database, waiting: Sequence[Run]) -> None:
    ids = [run.id for run in waiting]
    message = Told.NO_BROKER.value
    statement = update(Run).where(col(Run.id).in_(ids), col(Run.status) == RunStatus.QUEUED).values(message=message)
    with database.write() as session:
        session.connection().execute(statement)
    for run in waiting:
        run.message = message
