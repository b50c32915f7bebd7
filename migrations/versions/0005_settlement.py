"""settlement: contracts' money, flows, runs, papers, cash, cases, and who did what"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "settlement_line", "settlement_pair", "settlement_step", "paper", "paper_file", "leg_entry", "bank_file",
    "bank_entry", "audit_log",
)  # fmt: skip
MUTABLE = (
    "company", "mandate", "flow_state", "flow", "settlement_run", "correction", "objection", "paper_series", "leg",
    "exposure", "partner_exit", "adjustment",
)  # fmt: skip
# What tills' processes keep of them must be looked up anew: not each time somebody's exposure is counted again.
TERMS = (("exposure", "INSERT OR DELETE OR UPDATE OF held"), ("partner_exit", "INSERT OR UPDATE OR DELETE"))

CHECKS = (
    ("coalition", "funding", "funding IN ('prefunded', 'at_redemption')"),
    ("coalition", "breakage", "breakage IN ('mutual', 'operator', 'rewards')"),
    ("coalition", "fee_vat", "fee_vat_bp BETWEEN 0 AND 10000"),
    ("coalition", "days", "objection_days BETWEEN 0 AND 365 AND due_days BETWEEN 0 AND 90"),
    ("coalition", "four_eyes", "four_eyes_points >= 0"),
    ("contract", "funding", "funding IN ('prefunded', 'at_redemption')"),
    ("contract", "breakage", "breakage IN ('mutual', 'operator', 'rewards')"),
    ("contract", "redeemer_supplies", "redeemer_supplies IN ('partner', 'operator')"),
    ("contract", "fee_vat", "fee_vat_bp BETWEEN 0 AND 10000"),
    ("contract", "security", "credit_limit_cents >= 0 AND deposit_cents >= 0"),
)

# Points by weight, whole ones: largest remainder, equal ones by key. What is undone is apportioned like what was done.
APPORTION = """
CREATE FUNCTION apportion(points bigint, weights jsonb) RETURNS TABLE (key text, part bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH weighed AS (
        SELECT w.key, w.value::numeric AS weight, sum(w.value::numeric) OVER () AS whole
        FROM jsonb_each_text(coalesce(weights, '{}')) w WHERE w.value::numeric > 0
    ), floored AS (
        SELECT w.key, div(abs(points) * weight, whole) AS floor, mod(abs(points) * weight, whole) AS rest FROM weighed w
    ), ranked AS (
        SELECT f.key, floor, abs(points) - sum(floor) OVER () AS odd, row_number() OVER (ORDER BY rest DESC, f.key) AS place
        FROM floored f
    )
    SELECT r.key, (sign(points) * (floor + CASE WHEN place <= odd THEN 1 ELSE 0 END))::bigint FROM ranked r
    UNION ALL SELECT NULL, points WHERE NOT EXISTS (SELECT FROM weighed)
$$;
"""

# A run moves on from prepared once, and nothing else of it ever changes.
GUARD_RUN = """
CREATE FUNCTION guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['state', 'released_by', 'released_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'prepared' OR to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'a settlement run does not change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_run BEFORE UPDATE OR DELETE ON settlement_run FOR EACH ROW EXECUTE FUNCTION guard_run();
CREATE TRIGGER guard_run_whole BEFORE TRUNCATE ON settlement_run FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# Movements from before contracts were noted on them: by the day of the redemption, the version of the purchase.
BACKFILL = """
ALTER TABLE transfer DISABLE TRIGGER append_only;
UPDATE transfer t SET contract_id = (
    SELECT c.id FROM contract c WHERE c.partner_id = t.partner_id
    ORDER BY c.valid_from <= r.redeemed_at DESC, CASE WHEN c.valid_from <= r.redeemed_at THEN c.valid_from END DESC,
             c.valid_from LIMIT 1)
FROM redemption r LEFT JOIN redemption_reversal v ON v.redemption_id = r.id
WHERE t.cause IN (r.id, v.id) AND t.kind IN ('redeem', 'redemption_reversal') AND t.contract_id IS NULL;
UPDATE transfer t SET contract_id = p.contract_id
FROM purchase_return b JOIN purchase p ON p.id = b.purchase_id
WHERE t.cause = b.id AND t.kind IN ('return', 'debt') AND t.partner_id = p.partner_id AND t.contract_id IS NULL;
UPDATE transfer t SET partner_id = d.partner_id, contract_id = d.contract_id
FROM (SELECT DISTINCT ON (wallet_id) wallet_id, partner_id, contract_id FROM transfer WHERE kind = 'debt'
      ORDER BY wallet_id, version) d
WHERE t.wallet_id = d.wallet_id AND t.kind = 'debt_repaid' AND t.contract_id IS NULL;
ALTER TABLE transfer ENABLE TRIGGER append_only;
"""


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_log_pkey")),
    )
    op.create_index(op.f("audit_log_at_idx"), "audit_log", ["at"], unique=False)
    op.create_index(op.f("audit_log_partner_id_at_idx"), "audit_log", ["partner_id", "at"], unique=False)
    op.create_table(
        "flow",
        sa.Column("id", sa.BIGINT(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=True),
        sa.Column("lot_contract_id", sa.Uuid(), nullable=True),
        sa.Column("value_ct", sa.Numeric(precision=9, scale=3), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("vat_bp", sa.Integer(), nullable=True),
        sa.Column("estimated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("points", sa.BIGINT(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('issue', 'redeem', 'take_back', 'expire', 'adjust', 'supply')",
            name=op.f("flow_kind_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("flow_pkey")),
        sa.UniqueConstraint(
            "day",
            "kind",
            "issuer_id",
            "lot_contract_id",
            "value_ct",
            "partner_id",
            "contract_id",
            "vat_bp",
            "estimated",
            name="flow_key",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "flow_state",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("through", sa.BIGINT(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("flow_state_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("flow_state_pkey")),
    )
    op.create_table(
        "paper_series",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("paper_series_pkey")),
    )
    op.create_table(
        "settlement_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("first_sequence", sa.BIGINT(), nullable=False),
        sa.Column("last_sequence", sa.BIGINT(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("pool_ct", sa.Numeric(precision=24, scale=3), nullable=False),
        sa.Column("points_out", sa.BIGINT(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("objection_days", sa.Integer(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'prepared'"), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'released' OR released_by <> prepared_by", name=op.f("settlement_run_four_eyes_check")
        ),
        sa.CheckConstraint(
            "state IN ('prepared', 'released', 'withdrawn')", name=op.f("settlement_run_state_check")
        ),
        sa.CheckConstraint("begins < ends", name=op.f("settlement_run_period_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("settlement_run_pkey")),
        sa.UniqueConstraint("number", name=op.f("settlement_run_number_key")),
    )
    op.create_index(
        "settlement_run_live_key",
        "settlement_run",
        ["begins"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_index(
        "settlement_run_period_key",
        "settlement_run",
        ["period"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "adjustment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason IN ('goodwill', 'missing_points', 'mistake', 'fraud', 'technical')",
            name=op.f("adjustment_reason_check"),
        ),
        sa.CheckConstraint("state IN ('waiting', 'done', 'refused')", name=op.f("adjustment_state_check")),
        sa.CheckConstraint(
            "decided_by <> asked_by OR NOT four_eyes", name=op.f("adjustment_four_eyes_check")
        ),
        sa.CheckConstraint("points <> 0", name=op.f("adjustment_points_check")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallet.id"], name=op.f("adjustment_wallet_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("adjustment_pkey")),
    )
    op.create_index(
        "adjustment_waiting_idx",
        "adjustment",
        ["asked_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "bank_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('pain.001', 'pain.008', 'camt.053', 'camt.054')", name=op.f("bank_file_kind_check")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("bank_file_run_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("bank_file_pkey")),
        sa.UniqueConstraint("digest", name=op.f("bank_file_digest_key")),
    )
    op.create_table(
        "company",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("street", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("post_code", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("city", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("country", sa.String(), server_default=sa.text("'DE'"), nullable=False),
        sa.Column("vat_id", sa.String(), nullable=True),
        sa.Column("tax_number", sa.String(), nullable=True),
        sa.Column("small_business", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), server_default=sa.text("'de'"), nullable=False),
        sa.Column("iban", sa.String(), nullable=True),
        sa.Column("bic", sa.String(), nullable=True),
        sa.Column("creditor_id", sa.String(), nullable=True),
        sa.Column("datev_consultant", sa.Integer(), nullable=True),
        sa.Column("datev_client", sa.Integer(), nullable=True),
        sa.Column("chart", sa.String(), server_default=sa.text("'SKR03'"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("company_country_check")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("company_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("company_pkey")),
        sa.UniqueConstraint(
            "partner_id", name=op.f("company_partner_id_key"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("approved_by <> made_by", name=op.f("correction_four_eyes_check")),
        sa.CheckConstraint("cents <> 0", name=op.f("correction_cents_check")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("correction_partner_id_fkey")),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("correction_run_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("correction_pkey")),
    )
    op.create_index(op.f("correction_partner_id_idx"), "correction", ["partner_id"], unique=False)
    op.create_table(
        "exposure",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("owed_cents", sa.BIGINT(), nullable=False),
        sa.Column("limit_cents", sa.BIGINT(), nullable=True),
        sa.Column("warned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("exposure_partner_id_fkey")),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("exposure_pkey")),
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scheme IN ('CORE', 'B2B')", name=op.f("mandate_scheme_check")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("mandate_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("mandate_pkey")),
        sa.UniqueConstraint("reference", name=op.f("mandate_reference_key")),
    )
    op.create_index(op.f("mandate_partner_id_idx"), "mandate", ["partner_id"], unique=False)
    op.create_table(
        "objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'upheld', 'rejected')", name=op.f("objection_state_check")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("objection_partner_id_fkey")),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("objection_run_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("objection_pkey")),
    )
    op.create_index(
        "objection_open_key",
        "objection",
        ["run_id", "partner_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cancels_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('statement', 'fee_invoice', 'fee_credit', 'advice', 'self_billed')",
            name=op.f("paper_kind_check"),
        ),
        sa.ForeignKeyConstraint(["cancels_id"], ["paper.id"], name=op.f("paper_cancels_id_fkey")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("paper_partner_id_fkey")),
        sa.ForeignKeyConstraint(["replaces_id"], ["paper.id"], name=op.f("paper_replaces_id_fkey")),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("paper_run_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("paper_pkey")),
        sa.UniqueConstraint("name", name=op.f("paper_name_key")),
        sa.UniqueConstraint("series", "number", name=op.f("paper_series_number_key")),
    )
    op.create_index(
        "paper_cancels_key",
        "paper",
        ["cancels_id"],
        unique=True,
        postgresql_where=sa.text("cancels_id IS NOT NULL"),
    )
    op.create_index(
        "paper_once_key",
        "paper",
        ["run_id", "partner_id", "kind"],
        unique=True,
        postgresql_where=sa.text("cancels_id IS NULL AND replaces_id IS NULL"),
    )
    op.create_index(op.f("paper_partner_id_idx"), "paper", ["partner_id"], unique=False)
    op.create_index(
        "paper_replaces_key",
        "paper",
        ["replaces_id"],
        unique=True,
        postgresql_where=sa.text("replaces_id IS NOT NULL"),
    )
    op.create_table(
        "partner_exit",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("guarantee_cents", sa.BIGINT(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("carrier IN ('partner', 'operator')", name=op.f("partner_exit_carrier_check")),
        sa.CheckConstraint("guarantee_cents >= 0", name=op.f("partner_exit_guarantee_check")),
        sa.CheckConstraint("leaves_on <= cut_off_on", name=op.f("partner_exit_dates_check")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("partner_exit_partner_id_fkey")),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("partner_exit_pkey")),
    )
    op.create_table(
        "settlement_line",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("points", sa.BIGINT(), nullable=False),
        sa.Column("exact_ct", sa.Numeric(precision=24, scale=3), nullable=False),
        sa.Column("cents", sa.BIGINT(), nullable=False),
        sa.Column("vat_bp", sa.Integer(), nullable=True),
        sa.Column("vat_cents", sa.BIGINT(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("settlement_line_partner_id_fkey")),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("settlement_line_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "partner_id", "place", name=op.f("settlement_line_pkey")),
    )
    op.create_table(
        "settlement_pair",
        sa.Column("id", sa.BIGINT(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=True),
        sa.Column("redeemer_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BIGINT(), nullable=False),
        sa.Column("cents", sa.BIGINT(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("settlement_pair_run_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("settlement_pair_pkey")),
        sa.UniqueConstraint(
            "run_id",
            "issuer_id",
            "redeemer_id",
            name=op.f("settlement_pair_run_id_issuer_id_redeemer_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "settlement_step",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('prepared', 'released', 'withdrawn', 'documents', 'files', 'cash', 'booked')",
            name=op.f("settlement_step_step_check"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("settlement_step_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "step", name=op.f("settlement_step_pkey")),
    )
    op.create_table(
        "bank_entry",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BIGINT(), nullable=False),
        sa.Column("end_to_end_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["bank_file.id"], name=op.f("bank_entry_file_id_fkey")),
        sa.PrimaryKeyConstraint("reference", name=op.f("bank_entry_pkey")),
    )
    op.create_table(
        "leg",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("cents", sa.BIGINT(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("end_to_end_id", sa.String(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("cents <> 0", name=op.f("leg_cents_check")),
        sa.ForeignKeyConstraint(["file_id"], ["bank_file.id"], name=op.f("leg_file_id_fkey")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("leg_mandate_id_fkey")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("leg_partner_id_fkey")),
        sa.ForeignKeyConstraint(["run_id"], ["settlement_run.id"], name=op.f("leg_run_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("leg_pkey")),
        sa.UniqueConstraint("end_to_end_id", name=op.f("leg_end_to_end_id_key")),
        sa.UniqueConstraint("run_id", "partner_id", name=op.f("leg_run_id_partner_id_key")),
    )
    op.create_table(
        "paper_file",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("paper_file_paper_id_fkey")),
        sa.PrimaryKeyConstraint("paper_id", "format", name=op.f("paper_file_pkey")),
    )
    op.create_table(
        "leg_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leg_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cents", sa.BIGINT(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('settled', 'returned', 'by_hand')", name=op.f("leg_entry_kind_check")),
        sa.ForeignKeyConstraint(["file_id"], ["bank_file.id"], name=op.f("leg_entry_file_id_fkey")),
        sa.ForeignKeyConstraint(["leg_id"], ["leg.id"], name=op.f("leg_entry_leg_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("leg_entry_pkey")),
        sa.UniqueConstraint("reference", name=op.f("leg_entry_reference_key")),
    )
    op.create_index(op.f("leg_entry_leg_id_idx"), "leg_entry", ["leg_id"], unique=False)
    op.add_column(
        "coalition", sa.Column("funding", sa.String(), server_default=sa.text("'prefunded'"), nullable=False)
    )
    op.add_column(
        "coalition", sa.Column("breakage", sa.String(), server_default=sa.text("'mutual'"), nullable=False)
    )
    op.add_column(
        "coalition",
        sa.Column(
            "service_fee_ct",
            sa.Numeric(precision=9, scale=3),
            server_default=sa.text("0.150"),
            nullable=False,
        ),
    )
    op.add_column(
        "coalition", sa.Column("fee_vat_bp", sa.Integer(), server_default=sa.text("1900"), nullable=False)
    )
    op.add_column(
        "coalition", sa.Column("objection_days", sa.Integer(), server_default=sa.text("30"), nullable=False)
    )
    op.add_column(
        "coalition", sa.Column("due_days", sa.Integer(), server_default=sa.text("14"), nullable=False)
    )
    op.add_column(
        "coalition",
        sa.Column("four_eyes_points", sa.Integer(), server_default=sa.text("500"), nullable=False),
    )
    op.add_column(
        "contract", sa.Column("funding", sa.String(), server_default=sa.text("'prefunded'"), nullable=False)
    )
    op.add_column(
        "contract", sa.Column("breakage", sa.String(), server_default=sa.text("'mutual'"), nullable=False)
    )
    op.add_column(
        "contract", sa.Column("fee_vat_bp", sa.Integer(), server_default=sa.text("1900"), nullable=False)
    )
    op.add_column("contract", sa.Column("credit_limit_cents", sa.Integer(), nullable=True))
    op.add_column(
        "contract", sa.Column("deposit_cents", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "contract",
        sa.Column("redeemer_supplies", sa.String(), server_default=sa.text("'partner'"), nullable=False),
    )

    for table, name, rule in CHECKS:
        op.create_check_constraint(op.f(f"{table}_{name}_check"), table, rule)
    op.execute("INSERT INTO flow_state (id) VALUES (1)")
    for table in MUTABLE:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO emma_app")
    for table in APPEND_ONLY:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO emma_app")
    for table in (*APPEND_ONLY, "contract"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute("REVOKE UPDATE, DELETE ON contract FROM emma_app")
    for table, changes in TERMS:
        op.execute(
            f"CREATE TRIGGER revise_terms AFTER {changes} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION revise_terms()"
        )
    op.execute(APPORTION)
    op.execute(GUARD_RUN)
    op.execute(BACKFILL)


def downgrade() -> None:
    op.execute("DROP FUNCTION guard_run CASCADE")
    op.execute("DROP FUNCTION apportion")
    op.execute("DROP TRIGGER append_only ON contract")
    op.execute("GRANT UPDATE, DELETE ON contract TO emma_app")
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"{table}_{name}_check"), table, type_="check")
    op.drop_column("contract", "redeemer_supplies")
    op.drop_column("contract", "deposit_cents")
    op.drop_column("contract", "credit_limit_cents")
    op.drop_column("contract", "fee_vat_bp")
    op.drop_column("contract", "breakage")
    op.drop_column("contract", "funding")
    op.drop_column("coalition", "four_eyes_points")
    op.drop_column("coalition", "due_days")
    op.drop_column("coalition", "objection_days")
    op.drop_column("coalition", "fee_vat_bp")
    op.drop_column("coalition", "service_fee_ct")
    op.drop_column("coalition", "breakage")
    op.drop_column("coalition", "funding")
    op.drop_index(op.f("leg_entry_leg_id_idx"), table_name="leg_entry")
    op.drop_table("leg_entry")
    op.drop_table("paper_file")
    op.drop_table("leg")
    op.drop_table("bank_entry")
    op.drop_table("settlement_step")
    op.drop_table("settlement_pair")
    op.drop_table("settlement_line")
    op.drop_table("partner_exit")
    op.drop_index(
        "paper_replaces_key", table_name="paper", postgresql_where=sa.text("replaces_id IS NOT NULL")
    )
    op.drop_index(op.f("paper_partner_id_idx"), table_name="paper")
    op.drop_index(
        "paper_once_key",
        table_name="paper",
        postgresql_where=sa.text("cancels_id IS NULL AND replaces_id IS NULL"),
    )
    op.drop_index("paper_cancels_key", table_name="paper", postgresql_where=sa.text("cancels_id IS NOT NULL"))
    op.drop_table("paper")
    op.drop_index("objection_open_key", table_name="objection", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("objection")
    op.drop_index(op.f("mandate_partner_id_idx"), table_name="mandate")
    op.drop_table("mandate")
    op.drop_table("exposure")
    op.drop_index(op.f("correction_partner_id_idx"), table_name="correction")
    op.drop_table("correction")
    op.drop_table("company")
    op.drop_table("bank_file")
    op.drop_index(
        "adjustment_waiting_idx", table_name="adjustment", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_table("adjustment")
    op.drop_index(
        "settlement_run_period_key",
        table_name="settlement_run",
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.drop_index(
        "settlement_run_live_key",
        table_name="settlement_run",
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.drop_table("settlement_run")
    op.drop_table("paper_series")
    op.drop_table("flow_state")
    op.drop_table("flow")
    op.drop_index(op.f("audit_log_partner_id_at_idx"), table_name="audit_log")
    op.drop_index(op.f("audit_log_at_idx"), table_name="audit_log")
    op.drop_table("audit_log")
