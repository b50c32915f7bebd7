"""jobs: procrastinate's own tables, as its release at the time makes them"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GRANTS = """
DO $$ DECLARE thing record; BEGIN
    FOR thing IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO emma_app', thing.tablename);
    END LOOP;
    FOR thing IN SELECT sequencename FROM pg_sequences
        WHERE schemaname = 'public' AND sequencename LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %I TO emma_app', thing.sequencename);
    END LOOP;
END $$;
"""


def upgrade():
    # Through the driver itself: several statements, and per cents that are no parameters.
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())
    op.execute(GRANTS)


def downgrade():
    op.execute("""
    DO $$ DECLARE thing record; BEGIN
        FOR thing IN SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\\_%' LOOP
            EXECUTE format('DROP TABLE %I CASCADE', thing.tablename);
        END LOOP;
        FOR thing IN SELECT oid::regprocedure AS signature FROM pg_proc WHERE proname LIKE 'procrastinate\\_%' LOOP
            EXECUTE format('DROP FUNCTION %s CASCADE', thing.signature);
        END LOOP;
        FOR thing IN SELECT typname FROM pg_type WHERE typname LIKE 'procrastinate\\_%' AND typtype IN ('e', 'c') LOOP
            EXECUTE format('DROP TYPE %I CASCADE', thing.typname);
        END LOOP;
    END $$;
    """)
