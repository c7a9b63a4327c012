"""Alembic runs this; the connection, with its transaction open, comes from app.store.migrate."""

from alembic import context
from sqlmodel import SQLModel

import app.store.models  # noqa: F401  (registers the tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    # SQLite cannot alter most of a table in place: Alembic then copies it into a new one.
    render_as_batch=True,
)
context.run_migrations()
