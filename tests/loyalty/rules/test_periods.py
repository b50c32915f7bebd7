from datetime import date

import pytest

from loyalty.errors import Invalid
from loyalty.rules.periods import Period, month_of, period


def test_a_month_and_a_week() -> None:
    assert period("2026-12") == Period("2026-12", date(2026, 12, 1), date(2027, 1, 1))
    assert period("2026-W53") == Period("2026-W53", date(2026, 12, 28), date(2027, 1, 4))
    assert period("2026-02").last == date(2026, 2, 28)
    assert month_of(date(2026, 2, 28)) == period("2026-02")


@pytest.mark.parametrize(
    "label", ["", "2026", "2026-13", "2026-00", "2025-W53", "2026-1", "٢٠٢٦-٠١x", "2026-10-01", "9999-12"]
)
def test_anything_else_is_refused(label: str) -> None:
    with pytest.raises(Invalid, match="period_invalid"):
        period(label)
