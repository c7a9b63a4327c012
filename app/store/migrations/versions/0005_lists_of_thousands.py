"""Indexes for lists of thousands of runs"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEST = ("architecture", "dataset", "status")
# Without those that are on or off, which halve a list at best, and those that have a column. A setting of a later
# version does without, or gets its own in that version's migration.
SETTINGS = {
    "hidden": "INTEGER",
    "features": "INTEGER",
    "dropout": "FLOAT",
    "head": "VARCHAR",
    "permutation": "VARCHAR",
    "permutation_block": "INTEGER",
    "permutation_fraction": "FLOAT",
    "permutation_seed": "INTEGER",
    "batch_size": "INTEGER",
    "optimizer": "VARCHAR",
    "learning_rate": "FLOAT",
    "momentum": "FLOAT",
    "weight_decay": "FLOAT",
    "schedule": "VARCHAR",
    "bias_rate": "FLOAT",
    "crop_padding": "INTEGER",
    "validation_fraction": "FLOAT",
    "label_smoothing": "FLOAT",
    "ema": "FLOAT",
    "precision": "VARCHAR",
    "seed": "INTEGER",
}


def upgrade() -> None:
    for column in BEST:
        op.create_index(f"ix_run_{column}_best", "run", [column, "best_accuracy"])
    # As app/store/settings_in_json.py writes it in queries: an index on an expression serves that expression alone.
    postgres = op.get_bind().dialect.name == "postgresql"
    for name, kind in SETTINGS.items():
        stored = f"CAST(config ->> '{name}' AS {kind})" if postgres else f"json_extract(config, '$.\"{name}\"')"
        op.create_index(f"ix_run_setting_{name}", "run", [sa.text(stored)])


def downgrade() -> None:
    for name in SETTINGS:
        op.drop_index(f"ix_run_setting_{name}", "run")
    for column in BEST:
        op.drop_index(f"ix_run_{column}_best", "run")
