"""What partners are told by mail: that a statement is there and when money moves, and each day the head of the chain.

The sentences stand here in both languages, because jobs and commands write them too, for whoever reads them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import outbox
from loyalty.models.coalition import Coalition
from loyalty.models.points import PublishedHead
from loyalty.outbox import Message
from loyalty.points import sealing
from partners.models import Partner
from partners.settlement.content import Statement
from partners.settlement.models import Company

NewId = Callable[[], UUID]

WORDS = {
    "de": {
        "statement": "Abrechnung {period}: {sum}",
        "out": "Sie erhalten {money}. Das Geld wird zum {day} überwiesen.",
        "in": "Wir ziehen {money} zum {day} von Ihrem Konto ein. Diese Nachricht ist die Vorabankündigung.",
        "pay": "Bitte überweisen Sie {money} bis zum {day} auf das Konto {iban}.",
        "none": "Es ist nichts zu zahlen.",
        "papers": "Abrechnung {number} und alle Belege liegen in Ihrem Büro bereit. Einwände bitte bis zum {until}.",
        "head": "Buchungsstand {sequence}, Prüfsumme:\n{hash}\n\nBitte bewahren Sie diese Nachricht auf: "
        "An ihr zeigt sich, ob später etwas an den Büchern geändert wurde.",
        "heads": "Prüfsumme der Bücher vom {day}",
    },
    "en": {
        "statement": "Statement {period}: {sum}",
        "out": "You receive {money}. It is transferred for {day}.",
        "in": "We collect {money} from your account on {day}. This message is the notice of it.",
        "pay": "Please transfer {money} by {day} to the account {iban}.",
        "none": "Nothing is due.",
        "papers": "Statement {number} and all papers lie in your office. Objections please until {until}.",
        "head": "State of the books {sequence}, checksum:\n{hash}\n\nPlease keep this message: "
        "it shows whether anything in the books was changed later.",
        "heads": "Checksum of the books of {day}",
    },
}  # fmt: skip


def announce(session: Session, statement: Statement, at: datetime, new_id: NewId) -> None:
    """Tell the partner that its statement is there: what moves and when, and the head. Nobody without an address."""
    company = statement.partner
    if company.email is None:
        return
    words, language = WORDS[statement.language], statement.language
    cents = statement.position_cents
    money = format_currency(Decimal(abs(cents)) / 100, "EUR", locale=language)
    day = format_date(statement.due_on, "long", locale=language)
    owed = "in" if statement.collected else "pay"
    moved = words["out" if cents > 0 else owed if cents else "none"].format(
        money=money, day=day, iban=statement.operator.iban or "–"
    )
    until = format_date(statement.objections_until, "long", locale=language)
    text = [
        moved,
        words["papers"].format(number=statement.number, until=until),
        words["head"].format(sequence=statement.head.sequence, hash=statement.head.hash),
        statement.operator.legal_name,
    ]
    total = ("-" if cents < 0 else "") + money
    subject = words["statement"].format(period=statement.period, sum=total)
    outbox.put(session, Message(company.email, subject, "\n\n".join(text)), at, new_id)


def publish_head(session: Session, at: datetime, new_id: NewId) -> int:
    """Mail the newest head of the chain to every partner, once a local day and never twice; how many mails."""
    zone = ZoneInfo(session.scalars(select(Coalition.time_zone)).one())
    day = at.astimezone(zone).date()
    last = session.scalar(
        select(PublishedHead)
        .where(PublishedHead.channel == "mail")
        .order_by(PublishedHead.published_at.desc())
        .limit(1)
    )
    newest = sealing.head(session)
    if last is not None and (
        last.published_at.astimezone(zone).date() >= day or last.sequence == newest.sequence
    ):
        return 0
    if not newest.sequence:
        return 0
    head = sealing.publish(session, "mail", at)
    told = 0
    for email, language in _addresses(session):
        words = WORDS[language]
        subject = words["heads"].format(day=format_date(day, "long", locale=language))
        text = words["head"].format(sequence=head.sequence, hash=head.hash.hex())
        outbox.put(session, Message(email, subject, text), at, new_id)
        told += 1
    return told


def _addresses(session: Session) -> Iterator[tuple[str, str]]:
    """Partners that have not left, and the operator itself: whoever keeps a head can prove with it."""
    rows = session.execute(
        select(Company.email, Company.language)
        .outerjoin(Partner, Partner.id == Company.partner_id)
        .where(Company.email.is_not(None), Partner.left_at.is_(None))
        .order_by(Company.email)
    )
    yield from dict(rows.all()).items()
