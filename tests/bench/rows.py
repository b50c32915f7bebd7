"""Which rows an operation writes, as PostgreSQL counts them."""

import time
from collections import Counter

from tests.bench.stage import Stage

COUNTS = """SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables"""
VERBS = ("inserted", "updated", "deleted")


def written(stage: Stage) -> Counter[str]:
    """Rows written so far, as "inserted lot": 5. Whoever wrote must have left: sessions tell at their end."""
    time.sleep(0.2)  # the last words of sessions that just ended
    with stage.connect() as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        rows = connection.execute(COUNTS).fetchall()
    return Counter(
        {
            f"{verb} {row[0]}": number
            for row in rows
            for verb, number in zip(VERBS, row[1:], strict=True)
            if number
        }
    )


def each(before: Counter[str], after: Counter[str], operations: int) -> dict[str, float]:
    """Rows of one operation, by verb and table."""
    return {name: number / operations for name, number in sorted((after - before).items())}
