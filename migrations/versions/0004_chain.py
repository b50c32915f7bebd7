"""chain: seals carry a day and hashes, and heads of the chain are published"""

from alembic import op
import sqlalchemy as sa

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transfer", sa.Column("contract_id", sa.Uuid(), nullable=True))

    # No head of the old sequence was ever published: the sealer numbers all transfers anew, in the same order.
    op.execute("ALTER TABLE seal DISABLE TRIGGER append_only")
    op.execute("TRUNCATE seal")
    op.execute("ALTER TABLE seal ENABLE TRIGGER append_only")
    op.add_column("seal", sa.Column("day", sa.Date(), nullable=False))
    op.add_column("seal", sa.Column("leaf", sa.LargeBinary(), nullable=False))
    op.add_column("seal", sa.Column("hash", sa.LargeBinary(), nullable=False))

    op.create_table(
        "sealing_state",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("closed_until", sa.Date(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("sealing_state_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("sealing_state_pkey")),
    )
    op.create_table(
        "sealed_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_sequence", sa.BIGINT(), nullable=False),
        sa.Column("last_sequence", sa.BIGINT(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("sealed_day_pkey")),
    )
    op.create_table(
        "published_head",
        sa.Column("sequence", sa.BIGINT(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sequence", "channel", name=op.f("published_head_pkey")),
    )
    op.execute("INSERT INTO sealing_state (id) VALUES (1)")
    op.execute("GRANT SELECT, UPDATE ON sealing_state TO emma_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON sealed_day TO emma_app")
    op.execute("GRANT SELECT, INSERT ON published_head TO emma_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON published_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("published_head")
    op.drop_table("sealed_day")
    op.drop_table("sealing_state")
    for column in ("hash", "leaf", "day"):
        op.drop_column("seal", column)
    op.drop_column("transfer", "contract_id")
