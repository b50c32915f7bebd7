"""Cash: files the bank takes, and what its statements make of the legs."""

from datetime import date

import pytest
from lxml import etree
from sqlalchemy import func, select, text

from config.sequence import in_order
from loyalty.errors import Conflict, Invalid, LoyaltyError
from partners.settlement import cash, companies, legs, runs, sepa
from partners.settlement.models import BankEntry, BankFile, LegEntry
from tests.coalition import day, open_coalition, worked
from tests.partners.settlement.registered import ACCOUNTS, OPERATOR, register_all

MARCH, LATER = day(3, 1), day(3, 20)


@pytest.fixture
def settled(session):
    """The worked month paid at redemption: the baker owes, drinks and books get."""
    coalition = open_coalition(session, expiry_months=1, funding="at_redemption")
    register_all(session, coalition)
    worked(session, coalition)
    return coalition, coalition.settle(session, "2026-02", MARCH, pay=False, issue=True)


def make(session, coalition, run_id, at=MARCH):
    files = cash.make_files(session, run_id, coalition.admins[0], at, in_order(at))
    session.commit()
    return files


def entry(leg, cents: int, number: int, returned: bool = False, block: str | None = None) -> str:
    """One entry of a bank's statement, as German banks write them."""
    side = "CRDT" if cents > 0 else "DBIT"
    amount = f"{abs(cents) // 100}.{abs(cents) % 100:02}"
    refs = f"<EndToEndId>{leg}</EndToEndId>" if leg else f"<PmtInfId>{block}</PmtInfId>"
    back = "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>" if returned else ""
    return f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>
      {"<RvslInd>true</RvslInd>" if returned else ""}<Sts>BOOK</Sts><BookgDt><Dt>2026-03-17</Dt></BookgDt>
      <AcctSvcrRef>2026031700{number:04}</AcctSvcrRef>
      <NtryDtls><TxDtls><Refs>{refs}</Refs>{back}</TxDtls></NtryDtls></Ntry>"""


def statement(entries: list[str], cents: int, iban: str = str(OPERATOR.iban), wrong: int = 0) -> bytes:
    """A camt.053 whose balances fit the entries, unless told otherwise."""

    def balance(code: str, amount: int) -> str:
        side = "CRDT" if amount >= 0 else "DBIT"
        return f"""<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>
          <Amt Ccy="EUR">{abs(amount) // 100}.{abs(amount) % 100:02}</Amt><CdtDbtInd>{side}</CdtDbtInd>
          <Dt><Dt>2026-03-17</Dt></Dt></Bal>"""

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
  <GrpHdr><MsgId>STMT-{len(entries)}</MsgId><CreDtTm>2026-03-17T20:00:00</CreDtTm></GrpHdr>
  <Stmt><Id>S1</Id><CreDtTm>2026-03-17T20:00:00</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>
  {balance("OPBD", 100_000)}{balance("CLBD", 100_000 + cents + wrong)}{"".join(entries)}</Stmt>
</BkToCstmrStmt></Document>""".encode()


def ids(session, run_id) -> dict[str, str]:
    return {item.code: item.leg.end_to_end_id for item in legs.items(session, run_id)}


def states(session, run_id) -> dict[str, tuple[str, int]]:
    return {item.code: (item.state, item.open_cents) for item in legs.items(session, run_id)}


def take(session, content: bytes):
    done = cash.take_in(session, content, None, LATER, in_order(LATER))
    session.commit()
    return done


def test_payouts_and_collections_go_into_valid_files(session, settled) -> None:
    coalition, run_id = settled
    files = make(session, coalition, run_id)
    assert [(file.kind, file.message_id) for file in files] == [
        ("pain.001", "EMMA-1-1-OUT"), ("pain.008", "EMMA-1-2-CORE-FRST"),
    ]  # fmt: skip
    sepa.check_schema(files[0].content, sepa.PAYOUTS)
    sepa.check_schema(files[1].content, sepa.COLLECTIONS)
    paid = etree.fromstring(files[0].content)
    assert paid.findtext(".//{*}CtrlSum") == "3.72"
    names = {node.text for node in paid.iterfind(".//{*}Cdtr/{*}Nm")}
    assert names == {"Drinks Mueller + Soehne", "Books Mueller + Soehne"}
    collected = etree.fromstring(files[1].content)
    assert collected.findtext(".//{*}InstdAmt") == "7.29"
    assert collected.findtext(".//{*}MndtId") == "EMMA-BAKER"
    assert collected.findtext(".//{*}ReqdColltnDt") == "2026-03-15"


def test_asked_again_it_makes_no_second_payment(session, settled) -> None:
    coalition, run_id = settled
    assert [file.id for file in make(session, coalition, run_id)] == [
        file.id for file in make(session, coalition, run_id)
    ]


def test_a_statement_settles_legs(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    done = take(
        session, statement([entry(known["baker"], 729, 1), entry(known["drinks"], -193, 2)], 729 - 193)
    )
    assert (done.booked, done.known, done.unknown) == (2, 0, 0)
    assert states(session, run_id) == {
        "baker": ("settled", 0),
        "books": ("open", 179),
        "drinks": ("settled", 0),
    }


def test_the_same_entry_again_books_nothing(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    take(session, statement([entry(known["baker"], 729, 1)], 729))
    again = take(session, statement([entry(known["baker"], 729, 1)], 729))
    more = take(session, statement([entry(known["baker"], 729, 1), entry(known["books"], -179, 2)], 550))
    assert (again.booked, again.known, more.booked, more.known) == (0, 1, 1, 1)
    assert session.scalar(select(func.count()).select_from(LegEntry)) == 2


def test_one_sum_for_a_whole_file_settles_all_its_legs(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    done = take(session, statement([entry(None, -372, 1, block="EMMA-1-1-OUT-1")], -372))
    assert done.booked == 1
    assert [state for state, _ in states(session, run_id).values()] == ["open", "settled", "settled"]
    other = take(session, statement([entry(None, -371, 2, block="EMMA-1-1-OUT-1")], -371))
    assert other.unknown == 1


def test_a_part_and_a_return_are_told_apart_and_collected_again(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    take(session, statement([entry(known["drinks"], -100, 1), entry(known["baker"], 729, 2)], 629))
    assert states(session, run_id)["drinks"] == ("partial", 93)
    take(session, statement([entry(known["baker"], -729, 3, returned=True)], -729))
    assert states(session, run_id)["baker"] == ("returned", -729)
    files = make(session, coalition, run_id, LATER)
    assert [file.message_id for file in files[2:]] == ["EMMA-1-3-CORE-RCUR"]
    reason = session.scalar(select(LegEntry.reason).where(LegEntry.kind == "returned"))
    assert reason == "AM04"


def test_nothing_is_paid_twice_though_the_bank_tells_it_twice(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    take(session, statement([entry(None, -372, 1, block="EMMA-1-1-OUT")], -372))
    again = take(session, statement([entry(ids(session, run_id)["drinks"], -193, 7)], -193))
    assert (again.booked, again.unknown) == (0, 1)
    assert states(session, run_id)["drinks"] == ("settled", 0)
    (aside,) = cash.unknown_entries(session)
    assert (aside.cents, aside.reference.split("/")[-2]) == (-193, "20260317000007")


def test_what_a_bank_takes_for_a_return_is_set_aside(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    take(session, statement([entry(known["baker"], 729, 1)], 729))
    back = entry(known["baker"], -1079, 2, returned=True).replace(
        "</RtrInf>",
        '</RtrInf><Chrgs><Rcrd><Amt Ccy="EUR">3.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>',
    )
    take(session, statement([back], -1079))
    assert states(session, run_id)["baker"] == ("returned", -729)
    assert [aside.cents for aside in cash.unknown_entries(session)] == [-350]


def test_who_cannot_be_paid_by_file_stays_open(session) -> None:
    coalition = open_coalition(session, expiry_months=1, funding="at_redemption")
    companies.put(session, None, OPERATOR, None, MARCH, in_order(MARCH))
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, pay=False)
    assert make(session, coalition, run_id) == []
    assert len(legs.items(session, run_id, only_open=True)) == 3


def test_without_the_operators_account_nothing_is_made(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, pay=False)
    with pytest.raises(Invalid, match="operator_account_missing"):
        make(session, coalition, run_id)
    assert "cash" not in runs.steps(session, run_id)


def test_an_entry_for_nobody_is_kept_apart(session, settled) -> None:
    done = take(session, statement([entry("RENT-2026-03", -90_000, 1)], -90_000))
    assert done.unknown == 1
    (found,) = cash.unknown_entries(session)
    assert (found.cents, found.end_to_end_id, found.booked_on) == (-90_000, "RENT-2026-03", date(2026, 3, 17))
    assert take(session, statement([entry("RENT-2026-03", -90_000, 1)], -90_000)).known == 1


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&c;</Document>"""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (statement([entry("X", 100, 1)], 100, wrong=1), "bank_file_sum"),
        (BOMB, "bank_file_entities"),
        (b"not xml at all", "bank_file_unreadable"),
        (statement([], 0, iban=ACCOUNTS["baker"][1]), "bank_file_account"),
    ],
)
def test_a_file_that_is_wrong_books_nothing(session, settled, content, code) -> None:
    before = session.scalar(select(func.count()).select_from(BankFile))
    with pytest.raises(LoyaltyError, match=code):
        take(session, content)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(BankFile)) == before
    assert session.scalar(text("SELECT count(*) FROM leg_entry")) == 0
    assert session.scalar(select(func.count()).select_from(BankEntry)) == 0


def test_booked_comes_last(session, settled) -> None:
    coalition, run_id = settled
    with pytest.raises(Conflict, match="cash_open"):
        cash.booked(session, run_id, coalition.admins[0], MARCH, in_order(MARCH))
    make(session, coalition, run_id)
    for _ in range(2):
        cash.booked(session, run_id, coalition.admins[0], MARCH, in_order(MARCH))
    assert "booked" in runs.steps(session, run_id)
