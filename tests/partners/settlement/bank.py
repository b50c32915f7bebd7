"""A month settled but not paid, and what a bank says of it: what the tests of cash tamper with."""

from config.sequence import in_order
from partners.settlement import cash, incoming, legs
from tests.coalition import day, open_coalition, worked
from tests.partners.settlement.registered import OPERATOR, register_all

MARCH, LATER = day(3, 1), day(3, 20)


def unpaid(session):
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
    done = incoming.take_in(session, content, None, LATER, in_order(LATER))
    session.commit()
    return done
