"""Statements as examples: November of the baker, the winery and the books; the run's figures, fees, movements."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from partners.settlement.content import (
    Advice,
    Company,
    Head,
    Invoice,
    Movement,
    Pair,
    RateSum,
    Statement,
    StatementLine,
)
from tests.partners.settlement.papers import BAKER, BOOKS, COALITION, WINERY, invoice, line

ISSUED = date(2026, 12, 3)
SEAL = sha256(b"November").hexdigest()
NAMES = {"baker": "Bäckerei Grüße & Söhne", "winery": "Vinařství Žižka", "books": "Bücherstube Weiß"}
FIGURES = {"pool": 1090, "breakage": 0, "rewards": 0, "spread": 0, "correction": 0, "programme": 0,
           "fee_net": 300, "fee_vat": 57}  # fmt: skip


def statement(partner: Company, number: str, *lines: StatementLine, **more: object) -> Statement:
    """November's statement over these lines; the position is their sum."""
    made = Statement(
        number, ISSUED, "2026-11", date(2026, 11, 1), date(2026, 11, 30), 7, partner, COALITION, lines,
        sum(one.cents for one in lines), (), (), (), (), NAMES, Head(184_233, SEAL), date(2026, 12, 15),
        date(2027, 1, 14),
    )  # fmt: skip
    return replace(made, **more)


def entry(kind: str, points: int, cents: int, exact_ct: str = "") -> StatementLine:
    """One line; exactly what was rounded unless said otherwise."""
    return StatementLine(kind, points, Decimal(exact_ct or cents), cents)


BAKER_RUN = statement(
    BAKER, "A-2026-0031",
    entry("funded", 1000, -1000), entry("breakage", 100, 100), entry("fee", 1000, -150),
    entry("fee_vat", 0, -29, "-28.5"),
    given=(Pair("baker", "winery", 300, 300), Pair("baker", "books", 250, 250)),
    vat_notice=(RateSum(700, 510, 510), RateSum(1900, 40, 40)),
)  # fmt: skip
WINERY_RUN = statement(
    WINERY, "A-2026-0032",
    entry("funded", 600, -600), entry("reimbursed", 500, 500), entry("breakage", 60, 60), entry("fee", 600, -90),
    entry("fee_vat", 0, -17, "-17.1"),
    given=(Pair("winery", "winery", 200, 200),),
    taken=(Pair("baker", "winery", 300, 300), Pair("winery", "winery", 200, 200)),
    vat_notice=(RateSum(1900, 180, 180), RateSum(None, 20, 20)),
    supplies=(RateSum(1900, 420, 420), RateSum(700, 80, 80, estimated=True)),
)  # fmt: skip
BOOKS_RUN = statement(
    BOOKS, "A-2026-0033",
    entry("funded", 400, -400), entry("reimbursed", 250, 250), entry("fee", 400, -60),
    entry("fee_vat", 0, -11, "-11.4"),
    taken=(Pair("baker", "books", 250, 250),),
    supplies=(RateSum(700, 250, 250),),
)  # fmt: skip
RUN = (BAKER_RUN, WINERY_RUN, BOOKS_RUN)
PAID_OUT = statement(
    replace(WINERY, iban="DE02120300000000202051"), "A-2026-0040",
    entry("funded", 600, -600), entry("owed", -40, -40), entry("reimbursed", 1900, 1900), entry("returned", 30, 30),
    entry("correction", 0, 51), entry("fee", 600, -90), entry("fee_vat", 0, -17),
    given=WINERY_RUN.given, taken=(Pair("baker", "winery", 1700, 1700), Pair("winery", "winery", 200, 200)),
    vat_notice=WINERY_RUN.vat_notice, supplies=WINERY_RUN.supplies,
)  # fmt: skip
ADVICE = Advice(
    "E-2026-0012", ISSUED, date(2026, 11, 1), date(2026, 11, 30), WINERY, COALITION,
    (RateSum(1900, 420, 420), RateSum(700, 80, 80, estimated=True)), 500, 500,
)  # fmt: skip


def fee(buyer: Company, number: str, points: int) -> Invoice:
    """The fee of November for these points, 0.15 ct each."""
    return invoice(line("Servicegebühr", points, "0.150", 1900), buyer=buyer, number=number)


FEES = (fee(BAKER, "R-2026-0101", 1000), fee(WINERY, "R-2026-0102", 600), fee(BOOKS, "R-2026-0103", 400))


def movements(count: int) -> Iterator[Movement]:
    """So many: points issued, and every fourth one redeemed elsewhere."""
    first = datetime(2026, 11, 2, 7, 3, 11, tzinfo=UTC)
    for number in range(count):
        redeemed = number % 4 == 3
        points = -(number % 90 + 10) if redeemed else number % 37 + 1
        yield Movement(
            180_000 + number, f"019a4f1c-0000-7000-8000-{number:012}", first + timedelta(minutes=7 * number),
            "redeem" if redeemed else "earn", "winery" if redeemed else "baker", f"{4711 + number}",
            f"{4000 + number}" if redeemed else None, points,
            Decimal("0.000") if redeemed else points * Decimal("-1.1785"),
        )  # fmt: skip
