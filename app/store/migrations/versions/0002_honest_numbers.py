"""Best beside last on the test split, and what an observer saw at a step"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Nullable: runs from before it have no such figures. Plain ALTER TABLEs, which both databases know: a copy of the
# table, as Alembic makes for SQLite where it must, would lose its AUTOINCREMENT.
COLUMNS = {
    "run": (
        ("last_test_loss", sa.Float),
        ("last_test_accuracy", sa.Float),
        ("only_best", sa.Integer),
        ("only_last", sa.Integer),
    ),
    "step": (("gradient_norms", sa.JSON), ("residual_ratios", sa.JSON)),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, _kind in columns:
            op.drop_column(table, name)
