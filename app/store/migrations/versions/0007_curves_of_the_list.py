"""A run's accuracy by epoch in few points, beside the run"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As app/store/curve.py thins.
POINTS = 40
RUN = sa.table("run", sa.column("id"), sa.column("epochs"), sa.column("curve", sa.JSON))
EPOCH = sa.table("epoch", *(sa.column(name) for name in ("run_id", "epoch", "validation_accuracy", "test_accuracy")))


def upgrade() -> None:
    op.add_column("run", sa.Column("curve", sa.JSON(), nullable=False, server_default="[]"))
    accuracy = sa.func.coalesce(EPOCH.c.validation_accuracy, EPOCH.c.test_accuracy)
    known = sa.select(EPOCH.c.run_id, RUN.c.epochs, EPOCH.c.epoch, accuracy.label("accuracy"))
    rows = op.get_bind().execute(
        known.join_from(EPOCH, RUN, EPOCH.c.run_id == RUN.c.id)
        .where(accuracy.is_not(None))
        .order_by(EPOCH.c.run_id, EPOCH.c.epoch)
    )
    curves = [
        {"of": run_id, "curve": _thinned([(row.epoch, row.accuracy) for row in points], epochs)}
        for (run_id, epochs), points in groupby(rows, key=lambda row: (row.run_id, row.epochs))
    ]
    if curves:
        kept = RUN.update().where(RUN.c.id == sa.bindparam("of")).values(curve=sa.bindparam("curve"))
        op.get_bind().execute(kept, curves)


def downgrade() -> None:
    op.drop_column("run", "curve")


def _thinned(points: list[tuple[int, float]], epochs: int) -> list[tuple[int, float]]:
    every = -(-epochs // POINTS)
    always = (points[0], max(points, key=lambda point: point[1]), points[-1])
    return [point for point in points if point in always or point[0] % every == 0]
