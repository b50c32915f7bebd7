"""Statements and notifications as German banks write them, built from few facts: both spellings of ISO 20022 that are
in use (version .02 until 2025, .08 since), a savings bank's and a cooperative bank's habits.
"""

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from loyalty.errors import Invalid
from partners.settlement import camt

ACCOUNT = "DE89370400440532013000"
Version = Literal["02", "04", "08"]
REPORTS = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}


def figure(cents: int) -> str:
    """Cents as banks write them, without a sign."""
    return f"{abs(cents) // 100}.{abs(cents) % 100:02}"


def side(cents: int) -> str:
    """The mark for in or out."""
    return f"<CdtDbtInd>{'DBIT' if cents < 0 else 'CRDT'}</CdtDbtInd>"


def amount(cents: int, name: str = "Amt", currency: str = "EUR") -> str:
    return f'<{name} Ccy="{currency}">{figure(cents)}</{name}>'


@dataclass(frozen=True)
class Party:
    """A name with an account."""

    name: str
    iban: str

    def within(self, role: str, version: Version) -> str:
        name = f"<Nm>{self.name}</Nm>"
        named = f"<Pty>{name}</Pty>" if version == "08" else name
        return f"<{role}>{named}</{role}><{role}Acct><Id><IBAN>{self.iban}</IBAN></Id></{role}Acct>"


BAKER = Party("Baeckerei Muessig", "DE02120300000000202051")
DRINKS = Party("Getraenke Gross", "DE02500105170137075030")
OPERATOR = Party("Punkteverein Suedstadt", ACCOUNT)


def details(
    cents: int | None,
    end_to_end_id: str | None = None,
    texts: tuple[str, ...] = (),
    debtor: Party | None = None,
    creditor: Party | None = None,
    reason: str | None = None,
    original_cents: int | None = None,
    charges_cents: int | None = None,
    payment_id: str | None = None,
    note: str | None = None,
    version: Version = "02",
) -> str:
    """A `TxDtls`; `cents` None: the bank leaves its amount out."""
    block = f"<PmtInfId>{payment_id}</PmtInfId>" if payment_id else ""
    reference = f"<EndToEndId>{end_to_end_id}</EndToEndId>" if end_to_end_id else ""
    own, typed = "", ""
    if cents is not None and version == "02":
        typed = f"<TxAmt>{amount(cents)}</TxAmt>"
    elif cents is not None:
        own = amount(cents) + side(cents)
    if original_cents is not None:
        typed = f"<InstdAmt>{amount(original_cents)}</InstdAmt>{typed}"
    charges = ""
    if charges_cents is not None:
        record = amount(charges_cents)
        charges = f"<Chrgs>{record if version == '02' else f'<Rcrd>{record}</Rcrd>'}</Chrgs>"
    parties = "".join(
        party.within(role, version) for role, party in (("Dbtr", debtor), ("Cdtr", creditor)) if party
    )
    remittance = "".join(f"<Ustrd>{text}</Ustrd>" for text in texts)
    returned = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else ""
    return (
        f"<TxDtls><Refs>{block}{reference}</Refs>{own}{f'<AmtDtls>{typed}</AmtDtls>' if typed else ''}{charges}"
        f"<RltdPties>{parties}</RltdPties><RmtInf>{remittance}</RmtInf>{returned}"
        f"{f'<AddtlTxInf>{note}</AddtlTxInf>' if note else ''}</TxDtls>"
    )


def entry(
    cents: int,
    *parts: str,
    reference: str | None = "2026120300001",
    counted: str | None = None,
    day: str = "<BookgDt><Dt>2026-12-03</Dt></BookgDt><ValDt><Dt>2026-12-04</Dt></ValDt>",
    code: str | None = "NTRF+166+00931",
    family: str | None = None,
    reversal: bool = False,
    status: str = "BOOK",
    batch: str | None = None,
    note: str | None = None,
    currency: str = "EUR",
    version: Version = "02",
) -> str:
    """An `Ntry` with its details; `batch`: the payment block that is booked as one sum."""
    domain = (
        f"<Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn>"
        if family
        else ""
    )
    own = f"<Prtry><Cd>{code}</Cd><Issr>DK</Issr></Prtry>" if code else ""
    within = "".join(parts)
    head = f"<Btch><PmtInfId>{batch}</PmtInfId><NbOfTxs>{len(parts) or 2}</NbOfTxs></Btch>" if batch else ""
    return (
        f"<Ntry>{f'<NtryRef>{counted}</NtryRef>' if counted else ''}{amount(cents, currency=currency)}{side(cents)}"
        f"{'<RvslInd>true</RvslInd>' if reversal else ''}"
        f"<Sts>{f'<Cd>{status}</Cd>' if version == '08' else status}</Sts>{day}"
        f"{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}<BkTxCd>{domain}{own}</BkTxCd>"
        f"{f'<NtryDtls>{head}{within}</NtryDtls>' if head or parts else ''}"
        f"{f'<AddtlNtryInf>{note}</AddtlNtryInf>' if note else ''}</Ntry>"
    )


def balance(code: str, cents: int) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount(cents)}{side(cents)}"
        "<Dt><Dt>2026-12-03</Dt></Dt></Bal>"
    )


def report(
    *entries: str,
    kind: str = "053",
    account: str = ACCOUNT,
    balances: tuple[str, ...] = (),
    summary: str = "",
    statement_id: str = "0352C5320261203",
) -> str:
    """A `Stmt` or `Ntfctn`."""
    name = REPORTS[kind][1]
    return (
        f"<{name}><Id>{statement_id}</Id><CreDtTm>2026-12-03T20:15:00.000+01:00</CreDtTm>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>{''.join(balances)}"
        f"{f'<TxsSummry>{summary}</TxsSummry>' if summary else ''}{''.join(entries)}</{name}>"
    )


def file(
    *reports: str, kind: str = "053", version: str = "02", created: str = "2026-12-03T20:15:00"
) -> bytes:
    """The whole file."""
    name = REPORTS[kind][0]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}">'
        f"<{name}><GrpHdr><MsgId>camt{kind}_ONL_0001</MsgId><CreDtTm>{created}</CreDtTm></GrpHdr>"
        f"{''.join(reports)}</{name}></Document>"
    ).encode()


def statement(
    *entries: str, moved: int, opened: int = 1_000_00, version: str = "02", summary: str = ""
) -> bytes:
    """A camt.053 whose balances say that `moved` cents came in."""
    balances = (balance("PRCD", opened), balance("CLBD", opened + moved))
    return file(report(*entries, balances=balances, summary=summary), version=version)


def notification(*entries: str, version: str = "02", summary: str = "") -> bytes:
    """A camt.054."""
    return file(report(*entries, kind="054", summary=summary), kind="054", version=version)


def facts_of(content: bytes) -> tuple[str, dict[str, Any]]:
    """How the file is refused."""
    with pytest.raises(Invalid) as refusal:
        camt.read(content)
    assert refusal.value.field == "file"
    return refusal.value.code, refusal.value.facts
