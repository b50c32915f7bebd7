"""Into which accounts of SKR03 and SKR04 a settlement is booked. A proposal that a tax adviser confirms or changes by
handing in another `Chart`; it decides nothing about tax.

| account | SKR03 | SKR04 | what for |
|---|---|---|---|
| clearing | 1792 | 3630 | between the lines of one run; comes out at zero |
| receivable | 1500 | 1300 | what the other side will pay |
| payable | 1700 | 3500 | what the other side will get |
| pool | 1701 | 3501 | operator: points out there, funded and not redeemed yet |
| points | 4600 | 6600 | marketing: points issued, also those the coalition orders itself |
| provision | 0970 | 3070 | partner: points paid for when redeemed use up what was set aside for them |
| taken | 1501 | 1301 | partner: rewards handed over for points; the till books the sale against it |
| fee | 4900 | 6300 | partner: the service fee, with input VAT |
| services | 3100 | 5900 | operator: rewards bought of a partner by self-billed invoice |
| income | 8603 | 4830 | expired points kept, spread, corrections in one's favour |
| expense | 4900 | 6300 | corrections against one |
| revenue | 8400, 8300, 8195 | 4400, 4300, 4185 | at 19 %, 7 % (DATEV takes the VAT out by itself), small business |
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loyalty.errors import Invalid

INPUT_KEYS: Mapping[int, str | None] = {1900: "9", 700: "8", 0: None}  # DATEV's tax keys for input VAT


@dataclass(frozen=True, slots=True)
class Chart:
    """Accounts by what they are for. `frame` is DATEV's number of the chart; `revenue` is by VAT rate."""

    code: str
    frame: str
    clearing: str
    receivable: str
    payable: str
    pool: str
    points: str
    provision: str
    taken: str
    fee: str
    services: str
    income: str
    expense: str
    revenue: Mapping[int, str] = field(hash=False)

    def revenue_at(self, vat_bp: int) -> str:
        """The account for what is sold at this rate. Raises Invalid `vat_rate_unknown`."""
        if vat_bp not in self.revenue:
            raise Invalid("vat_rate_unknown", "vat_bp", vat_bp=vat_bp)
        return self.revenue[vat_bp]


CHARTS: Mapping[str, Chart] = {
    "SKR03": Chart(
        "SKR03", "03", clearing="1792", receivable="1500", payable="1700", pool="1701", points="4600",
        provision="0970", taken="1501", fee="4900", services="3100", income="8603", expense="4900",
        revenue={1900: "8400", 700: "8300", 0: "8195"},
    ),
    "SKR04": Chart(
        "SKR04", "04", clearing="3630", receivable="1300", payable="3500", pool="3501", points="6600",
        provision="3070", taken="1301", fee="6300", services="5900", income="4830", expense="6300",
        revenue={1900: "4400", 700: "4300", 0: "4185"},
    ),
}  # fmt: skip


def chart(code: str) -> Chart:
    """The accounts of "SKR03" or "SKR04". Raises Invalid `chart_unknown`."""
    if code not in CHARTS:
        raise Invalid("chart_unknown", "chart", known=list(CHARTS))
    return CHARTS[code]


def input_key(vat_bp: int) -> str | None:
    """The tax key for input VAT of this rate. Raises Invalid `vat_rate_unknown`."""
    if vat_bp not in INPUT_KEYS:
        raise Invalid("vat_rate_unknown", "vat_bp", vat_bp=vat_bp)
    return INPUT_KEYS[vat_bp]
