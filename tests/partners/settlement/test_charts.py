"""Accounts as data: complete in both charts, and refused where there is none."""

import re
from dataclasses import asdict

import pytest

from loyalty.errors import Invalid
from partners.settlement.charts import CHARTS, chart, input_key


@pytest.mark.parametrize("code", ["SKR03", "SKR04"])
def test_it_has_an_account_of_four_digits_for_everything(code: str) -> None:
    accounts = {
        name: account for name, account in asdict(chart(code)).items() if name not in ("code", "frame")
    }
    revenue = accounts.pop("revenue")
    assert all(re.fullmatch(r"\d{4}", account) for account in (*accounts.values(), *revenue.values()))
    assert len({accounts[name] for name in ("clearing", "receivable", "payable", "pool", "taken")}) == 5


def test_it_tells_the_charts_apart() -> None:
    assert {code: one.frame for code, one in CHARTS.items()} == {"SKR03": "03", "SKR04": "04"}


def test_it_refuses_a_chart_it_does_not_know() -> None:
    with pytest.raises(Invalid, match="chart_unknown") as refusal:
        chart("SKR49")
    assert refusal.value.field == "chart"


def test_it_knows_the_keys_and_revenue_accounts_of_german_rates_only() -> None:
    assert (input_key(1900), input_key(700), input_key(0)) == ("9", "8", None)
    assert (chart("SKR03").revenue_at(1900), chart("SKR04").revenue_at(700)) == ("8400", "4300")
    for refused in (input_key, chart("SKR03").revenue_at):
        with pytest.raises(Invalid, match="vat_rate_unknown"):
            refused(2000)
