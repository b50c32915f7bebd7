"""books people and partners"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "transfer", "lot_use", "purchase", "purchase_return", "redemption", "redemption_reversal", "seal", "rulebook",
    "access_log",
)  # fmt: skip
MUTABLE = (
    "coalition", "terms_revision", "wallet", "lot", "slip", "member", "profile", "card", "pin", "claim", "wrong_try",
    "standing", "partner", "shop", "till", "api_key", "staff", "contract", "earn_rule", "category", "product", "reward",
)  # fmt: skip
TERMS = ("coalition", "partner", "contract", "earn_rule", "category", "product")

# The role the application works as. It lives in the cluster, so another database may have made it already.
ROLE = """
DO $$ BEGIN
    CREATE ROLE emma_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    EXECUTE format('GRANT emma_app TO %I', current_user);
EXCEPTION WHEN OTHERS THEN NULL;  -- a superuser may become it anyway
END $$;
"""

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# What may exist, by kind, source and destination. A function, because a CHECK with the list inside is read anew from
# its stored form at every insert, and cost a tenth of the server's time for a purchase.
POSTINGS = (
    "adjust issued wallet",
    "adjust wallet issued",
    "bonus issued wallet",
    "debt debt issued",
    "debt_repaid wallet debt",
    "debt_written_off issued debt",
    "earn issued wallet",
    "expire wallet expired",
    "forfeit wallet expired",
    "gift issued wallet",
    "goodwill issued wallet",
    "merge debt debt",
    "merge wallet wallet",
    "pass_on wallet wallet",
    "redeem wallet redeemed",
    "redemption_reversal redeemed wallet",
    "referral issued wallet",
    "release reserved wallet",
    "reserve wallet reserved",
    "return wallet issued",
    "welcome issued wallet",
)
POSTING_ALLOWED = """
CREATE FUNCTION posting_allowed(kind text, source text, destination text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN kind || ' ' || source || ' ' || destination = ANY (ARRAY[{}]);
END $$;
""".format(", ".join(f"'{posting}'" for posting in POSTINGS))

# The last word of a write whose wallet has moved since it was read: the whole statement fails, and is tried again.
REFUSE_STALE = """
CREATE FUNCTION refuse_stale() RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION 'a wallet has moved since it was read' USING ERRCODE = 'serialization_failure';
END $$;
"""

# Tills keep terms in memory and compare this one number to know whether they are still true.
REVISE = """
CREATE FUNCTION revise_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE terms_revision SET revision = revision + 1;
    RETURN NULL;
END $$;
"""

# A redemption takes one piece of stock: that alone changes no terms (and may not queue for their one row), but the
# last piece does.
REWARD = """
CREATE TRIGGER revise_terms AFTER INSERT OR DELETE OR UPDATE OF
    partner_id, name, points, valid_from, valid_until, retired_at ON reward
    FOR EACH STATEMENT EXECUTE FUNCTION revise_terms();
CREATE TRIGGER revise_terms_sold_out AFTER UPDATE OF stock ON reward
    FOR EACH ROW WHEN ((OLD.stock = 0) IS DISTINCT FROM (NEW.stock = 0)) EXECUTE FUNCTION revise_terms();
"""


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("member_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("access_log_pkey")),
    )
    op.create_index(op.f("access_log_partner_id_at_idx"), "access_log", ["partner_id", "at"], unique=False)
    op.create_table(
        "coalition",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), server_default=sa.text("'Emma'"), nullable=False),
        sa.Column("accent", sa.String(), nullable=True),
        sa.Column("time_zone", sa.String(), server_default=sa.text("'Europe/Berlin'"), nullable=False),
        sa.Column(
            "point_value_ct",
            sa.Numeric(precision=9, scale=3),
            server_default=sa.text("1.000"),
            nullable=False,
        ),
        sa.Column("expiry_rule", sa.String(), server_default=sa.text("'months'"), nullable=False),
        sa.Column("expiry_months", sa.Integer(), server_default=sa.text("36"), nullable=False),
        sa.Column("pending_days", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("grace_days", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("points_per_euro", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("margin_bp", sa.Integer(), server_default=sa.text("3000"), nullable=False),
        sa.Column("vat_bp", sa.Integer(), server_default=sa.text("1900"), nullable=False),
        sa.Column("cost_to_serve_cents", sa.Integer(), server_default=sa.text("150"), nullable=False),
        sa.Column("minimum_age", sa.Integer(), server_default=sa.text("16"), nullable=False),
        sa.Column("terms_version", sa.String(), server_default=sa.text("'1'"), nullable=False),
        sa.CheckConstraint(
            "expiry_rule IN ('months', 'quarter', 'year')", name=op.f("coalition_expiry_rule_check")
        ),
        sa.CheckConstraint("expiry_months BETWEEN 1 AND 120", name=op.f("coalition_expiry_months_check")),
        sa.CheckConstraint("id = 1", name=op.f("coalition_single_check")),
        sa.CheckConstraint("pending_days BETWEEN 0 AND 365", name=op.f("coalition_pending_days_check")),
        sa.CheckConstraint("point_value_ct > 0", name=op.f("coalition_point_value_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("coalition_pkey")),
    )
    op.create_table(
        "lot",
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=True),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("point_value_ct", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("available_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.CheckConstraint("remaining >= 0 AND remaining <= points", name=op.f("lot_remaining_check")),
        sa.PrimaryKeyConstraint("wallet_id", "id", name=op.f("lot_pkey")),
    )
    op.create_index(
        "lot_open_idx",
        "lot",
        ["wallet_id", "expires_at", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "lot_use",
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("lot_use_points_check")),
        sa.PrimaryKeyConstraint("wallet_id", "id", name=op.f("lot_use_pkey")),
    )
    op.create_index(
        op.f("lot_use_wallet_id_transfer_id_idx"), "lot_use", ["wallet_id", "transfer_id"], unique=False
    )
    op.create_table(
        "partner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("margin_bp", sa.Integer(), nullable=True),
        sa.Column("vat_bp", sa.Integer(), nullable=True),
        sa.Column("cost_to_serve_cents", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name=op.f("partner_code_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("partner_pkey")),
        sa.UniqueConstraint("code", name=op.f("partner_code_key")),
    )
    op.create_table(
        "purchase",
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("purchased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=True),
        sa.Column("total_cents", sa.Integer(), nullable=False),
        sa.Column("paid_cents", sa.Integer(), nullable=False),
        sa.Column("redemptions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rulebook_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("awards", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("margin_cents", sa.Integer(), nullable=False),
        sa.Column("margin", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("wallet_id", "id", name=op.f("purchase_pkey")),
        sa.UniqueConstraint("id", name=op.f("purchase_id_key")),
        sa.UniqueConstraint(
            "till_id", "business_day", "receipt", name=op.f("purchase_till_id_business_day_receipt_key")
        ),
        sa.UniqueConstraint("till_id", "key", name=op.f("purchase_till_id_key_key")),
    )
    op.create_table(
        "purchase_return",
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("awards", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("debt", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("margin_cents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("wallet_id", "id", name=op.f("purchase_return_pkey")),
        sa.UniqueConstraint("id", name=op.f("purchase_return_id_key")),
        sa.UniqueConstraint("till_id", "key", name=op.f("purchase_return_till_id_key_key")),
    )
    op.create_index(op.f("purchase_return_purchase_id_idx"), "purchase_return", ["purchase_id"], unique=False)
    op.create_table(
        "redemption",
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("value_cents", sa.Integer(), nullable=False),
        sa.Column("vat", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("vat_estimated", sa.Boolean(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("redemption_points_check")),
        sa.PrimaryKeyConstraint("wallet_id", "id", name=op.f("redemption_pkey")),
        sa.UniqueConstraint("id", name=op.f("redemption_id_key")),
        sa.UniqueConstraint("till_id", "key", name=op.f("redemption_till_id_key_key")),
    )
    op.create_index(
        op.f("redemption_partner_id_redeemed_at_idx"),
        "redemption",
        ["partner_id", "redeemed_at"],
        unique=False,
    )
    op.create_table(
        "redemption_reversal",
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("wallet_id", "id", name=op.f("redemption_reversal_pkey")),
        sa.UniqueConstraint("till_id", "key", name=op.f("redemption_reversal_till_id_key_key")),
        sa.UniqueConstraint("id", name=op.f("redemption_reversal_id_key")),
        sa.UniqueConstraint("redemption_id", name=op.f("redemption_reversal_redemption_id_key")),
    )
    op.create_table(
        "rulebook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("rulebook_pkey")),
    )
    op.create_table(
        "seal",
        sa.Column("sequence", sa.BIGINT(), autoincrement=False, nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("seal_pkey")),
        sa.UniqueConstraint("wallet_id", "transfer_id", name=op.f("seal_wallet_id_transfer_id_key")),
    )
    op.create_table(
        "slip",
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("till_id", "key", name=op.f("slip_pkey")),
    )
    op.create_index(op.f("slip_written_at_idx"), "slip", ["written_at"], unique=False)
    op.create_table(
        "terms_revision",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("terms_revision_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("terms_revision_pkey")),
    )
    op.execute(POSTING_ALLOWED)
    op.create_table(
        "transfer",
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("other_wallet_id", sa.Uuid(), nullable=True),
        sa.Column("other_version", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column(
            "xact", sa.BIGINT(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.CheckConstraint(
            "posting_allowed(kind, source, destination)", name=op.f("transfer_allowed_check")
        ),
        sa.CheckConstraint("points > 0", name=op.f("transfer_points_check")),
        sa.PrimaryKeyConstraint("wallet_id", "id", name=op.f("transfer_pkey")),
        sa.UniqueConstraint("wallet_id", "version", name=op.f("transfer_wallet_id_version_key")),
    )
    op.create_index(
        "transfer_other_idx",
        "transfer",
        ["other_wallet_id", "other_version"],
        unique=True,
        postgresql_where=sa.text("other_wallet_id IS NOT NULL"),
    )
    op.create_index(op.f("transfer_xact_idx"), "transfer", ["xact"], unique=False)
    op.create_table(
        "wallet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("balance", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("available", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("debt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "turns_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("'9999-01-01 00:00+00'"),
            nullable=False,
        ),
        sa.Column(
            "progress",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.CheckConstraint("available >= 0 AND available <= balance", name=op.f("wallet_available_check")),
        sa.CheckConstraint("balance >= 0", name=op.f("wallet_balance_check")),
        sa.CheckConstraint("debt >= 0", name=op.f("wallet_debt_check")),
        sa.CheckConstraint("reserved >= 0", name=op.f("wallet_reserved_check")),
        sa.ForeignKeyConstraint(["merged_into"], ["wallet.id"], name=op.f("wallet_merged_into_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("wallet_pkey")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(op.f("wallet_turns_at_idx"), "wallet", ["turns_at"], unique=False)
    op.create_index(
        "wallet_merged_idx",
        "wallet",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "wrong_try",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bucket", name=op.f("wrong_try_pkey")),
    )
    op.create_table(
        "category",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("margin_bp", sa.Integer(), nullable=True),
        sa.Column("vat_bp", sa.Integer(), nullable=True),
        sa.Column("earns", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("perks", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("category_partner_id_fkey")),
        sa.PrimaryKeyConstraint("partner_id", "code", name=op.f("category_pkey")),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("point_value_ct", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("service_fee_ct", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("reimbursement_ct", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.CheckConstraint(
            "point_value_ct > 0 AND service_fee_ct >= 0 AND reimbursement_ct >= 0",
            name=op.f("contract_prices_check"),
        ),
        sa.CheckConstraint("reimbursement_ct <= point_value_ct", name=op.f("contract_reimbursement_check")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("contract_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("contract_pkey")),
        sa.UniqueConstraint("partner_id", "valid_from", name=op.f("contract_partner_id_valid_from_key")),
    )
    op.create_table(
        "earn_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stacks", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("funder", sa.String(), server_default=sa.text("'partner'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_from IS NULL OR valid_until > valid_from",
            name=op.f("earn_rule_validity_check"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("earn_rule_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("earn_rule_pkey")),
        sa.UniqueConstraint("code", "version", name=op.f("earn_rule_code_version_key")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms_version", sa.String(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("till_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallet.id"], name=op.f("member_wallet_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("member_pkey")),
        sa.UniqueConstraint("till_id", "key", name=op.f("member_till_id_key_key")),
    )
    op.create_index(op.f("member_wallet_id_idx"), "member", ["wallet_id"], unique=False)
    op.create_table(
        "product",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("margin_bp", sa.Integer(), nullable=True),
        sa.Column("vat_bp", sa.Integer(), nullable=True),
        sa.Column("earns", sa.Boolean(), nullable=True),
        sa.Column("min_age", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("product_partner_id_fkey")),
        sa.PrimaryKeyConstraint("partner_id", "sku", name=op.f("product_pkey")),
    )
    op.create_table(
        "reward",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("value_cents", sa.Integer(), nullable=False),
        sa.Column("vat_bp", sa.Integer(), server_default=sa.text("1900"), nullable=False),
        sa.Column("min_age", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("points > 0", name=op.f("reward_points_check")),
        sa.CheckConstraint("stock >= 0", name=op.f("reward_stock_check")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("reward_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reward_pkey")),
    )
    op.create_index(op.f("reward_partner_id_idx"), "reward", ["partner_id"], unique=False)
    op.create_table(
        "shop",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), server_default=sa.text("'Europe/Berlin'"), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("shop_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("shop_pkey")),
    )
    op.create_index(op.f("shop_partner_id_idx"), "shop", ["partner_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("language", sa.String(), server_default=sa.text("'de'"), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(role = 'admin') = (partner_id IS NULL)", name=op.f("staff_place_check")),
        sa.CheckConstraint(
            "role IN ('owner', 'staff', 'accountant', 'admin')", name=op.f("staff_role_check")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("staff_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("staff_pkey")),
        sa.UniqueConstraint("email", name=op.f("staff_email_key")),
    )
    op.create_table(
        "card",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.String(), nullable=True),
        sa.Column(
            "used_steps", postgresql.ARRAY(sa.BIGINT()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.CheckConstraint("number ~ '^27[0-9]{14}$'", name=op.f("card_number_check")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("card_member_id_fkey")),
        sa.PrimaryKeyConstraint("number", name=op.f("card_pkey")),
    )
    op.create_index(op.f("card_member_id_idx"), "card", ["member_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("claim_member_id_fkey")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("claim_pkey")),
    )
    op.create_table(
        "pin",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("pin_member_id_fkey")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pin_pkey")),
    )
    op.create_table(
        "profile",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("last_name", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("language", sa.String(), server_default=sa.text("'de'"), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.CheckConstraint("language IN ('de', 'en')", name=op.f("profile_language_check")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("profile_member_id_fkey")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("profile_pkey")),
    )
    op.create_index(
        "profile_email_key", "profile", ["email"], unique=True, postgresql_where=sa.text("email IS NOT NULL")
    )
    for name, words in (
        ("profile_phone_idx", "phone"),
        ("profile_name_idx", "lower((first_name::text || ' '::text) || last_name::text)"),
        ("profile_last_name_idx", "lower(last_name)"),
    ):
        op.execute(f"CREATE INDEX {name} ON profile ({words} text_pattern_ops)")
    op.create_table(
        "standing",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("factor", sa.Numeric(precision=5, scale=3), server_default=sa.text("1"), nullable=False),
        sa.Column("club", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("factor >= 1 AND factor <= 10", name=op.f("standing_factor_check")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("standing_member_id_fkey")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("standing_pkey")),
    )
    op.create_table(
        "till",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("till_shop_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("till_pkey")),
    )
    op.create_index(op.f("till_shop_id_idx"), "till", ["shop_id"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("api_key_till_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("api_key_pkey")),
    )
    op.create_index(op.f("api_key_till_id_idx"), "api_key", ["till_id"], unique=False)

    op.execute("INSERT INTO coalition (id) VALUES (1)")
    op.execute("INSERT INTO terms_revision (id) VALUES (1)")
    op.execute(ROLE)
    op.execute("GRANT USAGE ON SCHEMA public TO emma_app")
    for table in MUTABLE:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO emma_app")
    op.execute("GRANT SELECT ON alembic_version TO emma_app")
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO emma_app")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(REFUSE_STALE)
    op.execute(REVISE)
    for table in TERMS:
        op.execute(
            f"CREATE TRIGGER revise_terms AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION revise_terms()"
        )
    op.execute(REWARD)


def downgrade() -> None:
    for function in ("revise_terms", "refuse_stale", "refuse_change", "posting_allowed"):
        op.execute(f"DROP FUNCTION {function} CASCADE")
    op.drop_index(op.f("api_key_till_id_idx"), table_name="api_key")
    op.drop_table("api_key")
    op.drop_index(op.f("till_shop_id_idx"), table_name="till")
    op.drop_table("till")
    op.drop_table("standing")
    for name in ("profile_last_name_idx", "profile_name_idx", "profile_phone_idx"):
        op.drop_index(name, table_name="profile")
    op.drop_index("profile_email_key", table_name="profile", postgresql_where=sa.text("email IS NOT NULL"))
    op.drop_table("profile")
    op.drop_table("pin")
    op.drop_table("claim")
    op.drop_index(op.f("card_member_id_idx"), table_name="card")
    op.drop_table("card")
    op.drop_table("staff")
    op.drop_index(op.f("shop_partner_id_idx"), table_name="shop")
    op.drop_table("shop")
    op.drop_index(op.f("reward_partner_id_idx"), table_name="reward")
    op.drop_table("reward")
    op.drop_table("product")
    op.drop_index(op.f("member_wallet_id_idx"), table_name="member")
    op.drop_table("member")
    op.drop_table("earn_rule")
    op.drop_table("contract")
    op.drop_table("category")
    op.drop_table("wrong_try")
    op.drop_index(
        "wallet_merged_idx", table_name="wallet", postgresql_where=sa.text("merged_into IS NOT NULL")
    )
    op.drop_index(op.f("wallet_turns_at_idx"), table_name="wallet")
    op.drop_table("wallet")
    op.drop_index(op.f("transfer_xact_idx"), table_name="transfer")
    op.drop_index(
        "transfer_other_idx", table_name="transfer", postgresql_where=sa.text("other_wallet_id IS NOT NULL")
    )
    op.drop_table("transfer")
    op.drop_table("terms_revision")
    op.drop_index(op.f("slip_written_at_idx"), table_name="slip")
    op.drop_table("slip")
    op.drop_table("seal")
    op.drop_table("rulebook")
    op.drop_table("redemption_reversal")
    op.drop_index(op.f("redemption_partner_id_redeemed_at_idx"), table_name="redemption")
    op.drop_table("redemption")
    op.drop_index(op.f("purchase_return_purchase_id_idx"), table_name="purchase_return")
    op.drop_table("purchase_return")
    op.drop_table("purchase")
    op.drop_table("partner")
    op.drop_index(op.f("lot_use_wallet_id_transfer_id_idx"), table_name="lot_use")
    op.drop_table("lot_use")
    op.drop_index("lot_open_idx", table_name="lot", postgresql_where=sa.text("remaining > 0"))
    op.drop_table("lot")
    op.drop_table("coalition")
    op.drop_index(op.f("access_log_partner_id_at_idx"), table_name="access_log")
    op.drop_table("access_log")
