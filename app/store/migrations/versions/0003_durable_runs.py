"""Pausing, the queue's order, deaths in a row, and the workers"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every column with a default for the rows that are there; plain ALTER TABLEs, as in 0002.
COLUMNS = (
    ("priority", sa.Integer, "5"),
    ("place", sa.Float, "0"),
    ("device_wanted", sa.String, "auto"),
    ("deaths", sa.Integer, "0"),
    ("start_over", sa.Boolean, sa.false()),
)
INDEX = "ix_run_place"


def upgrade() -> None:
    for name, kind, default in COLUMNS:
        op.add_column("run", sa.Column(name, kind(), nullable=False, server_default=default))
    op.add_column("run", sa.Column("pause_requested_at", sa.DateTime(timezone=True), nullable=True))
    run = sa.table("run", sa.column("id"), sa.column("place"), sa.column("device_wanted"), sa.column("config", sa.JSON))
    op.execute(run.update().values(place=run.c.id))
    device = run.c.config["device"].as_string()
    op.execute(run.update().where(device.in_(("cpu", "cuda"))).values(device_wanted=device))
    op.create_index(INDEX, "run", ["place"])
    op.create_table(
        "worker",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("gpu", sa.Boolean(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("memory_total", sa.BigInteger(), nullable=True),
        sa.Column("memory_used", sa.BigInteger(), nullable=True),
        sa.Column("utilisation", sa.Float(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    # A version without pausing would never look at such a run again.
    run = sa.table("run", sa.column("status"))
    op.execute(run.update().where(run.c.status == "paused").values(status="cancelled"))
    op.drop_table("worker")
    op.drop_index(INDEX, "run")
    op.drop_column("run", "pause_requested_at")
    for name, _kind, _default in reversed(COLUMNS):
        op.drop_column("run", name)
