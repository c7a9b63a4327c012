"""Events outlive their run, so that its deletion can be told; the time of all attempts"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

POSTGRES_NAME = "event_run_id_fkey"
RUN = sa.table("run", *(sa.column(name) for name in ("started_at", "finished_at", "seconds")))
KEY = sa.ForeignKeyConstraint(["run_id"], ["run.id"], ondelete="CASCADE", name=POSTGRES_NAME)


def upgrade() -> None:
    op.add_column("run", sa.Column("seconds", sa.Float(), nullable=True))
    ended = sa.extract("epoch", RUN.c.finished_at) - sa.extract("epoch", RUN.c.started_at)
    op.execute(RUN.update().where(RUN.c.finished_at.is_not(None)).values(seconds=sa.cast(ended, sa.Float)))
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(POSTGRES_NAME, "event")
    else:
        _copy()


def downgrade() -> None:
    op.execute("DELETE FROM event WHERE run_id NOT IN (SELECT id FROM run)")
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(POSTGRES_NAME, "event", "run", ["run_id"], ["id"], ondelete="CASCADE")
    else:
        _copy(KEY)
    op.drop_column("run", "seconds")


def _copy(*constraints: sa.Constraint) -> None:
    """SQLite takes no constraint away: the rows move to a new table, which goes on counting where the old one was."""
    last = op.get_bind().scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'event'"))
    op.rename_table("event", "event_before")
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *constraints,
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.execute("INSERT INTO event SELECT id, run_id, kind, payload, created_at FROM event_before")
    op.drop_table("event_before")
    op.create_index("ix_event_run_id", "event", ["run_id"])
    if last is not None:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'event'")
        op.execute(sa.text("INSERT INTO sqlite_sequence VALUES ('event', :last)").bindparams(last=last))
