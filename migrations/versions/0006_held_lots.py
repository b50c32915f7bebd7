"""held lots: found by their issuer, since the worker asks every half minute whether there are any"""

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "lot_held_idx",
        "lot",
        ["issuer_id", "wallet_id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0 AND available_from >= '9998-01-01 00:00:00+00:00'"),
    )


def downgrade() -> None:
    op.drop_index(
        "lot_held_idx",
        table_name="lot",
        postgresql_where=sa.text("remaining > 0 AND available_from >= '9998-01-01 00:00:00+00:00'"),
    )
