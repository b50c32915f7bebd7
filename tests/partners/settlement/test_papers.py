"""Papers of a run: once, gapless, valid, and cancelled by another paper instead of changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select

from config import settling
from config.sequence import in_order
from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.outbox import Outbox
from loyalty.points import sealing
from partners.contracts import Offer
from partners.settlement import companies, drawing, einvoice, mandates, notices, papers, runs
from partners.settlement.content import Advice, Invoice, Statement
from partners.settlement.models import Paper, PaperFile
from tests.coalition import day, open_coalition, worked
from tests.partners.settlement.registered import register_all

MARCH = day(3, 1)


@pytest.fixture
def settled(session):
    """The worked month, settled, with the companies' data entered."""
    coalition = open_coalition(session, expiry_months=1)
    register_all(session, coalition)
    worked(session, coalition)
    return coalition, coalition.settle(session, "2026-02", MARCH, issue=True)


def of(session, run_id, kind: str) -> dict[str, Paper]:
    return {
        papers.content_of(paper).partner.code
        if kind != "fee_invoice"
        else papers.content_of(paper).buyer.code: paper
        for paper in papers.of_run(session, run_id)
        if paper.kind == kind
    }


def test_each_partner_gets_its_papers_with_gapless_numbers(session, settled) -> None:
    _, run_id = settled
    found = [(paper.kind, paper.name) for paper in papers.of_run(session, run_id)]
    assert found == [
        ("statement", "AB-2026-00001"), ("statement", "AB-2026-00002"), ("statement", "AB-2026-00003"),
        ("advice", "EA-2026-00001"), ("advice", "EA-2026-00002"),
        ("fee_invoice", "RE-2026-00001"), ("fee_invoice", "RE-2026-00002"), ("fee_invoice", "RE-2026-00003"),
    ]  # fmt: skip


def test_a_statement_says_what_the_run_says(session, settled) -> None:
    _, run_id = settled
    content = papers.content_of(of(session, run_id, "statement")["baker"])
    assert isinstance(content, Statement)
    assert content.position_cents == -1079
    assert {line.kind: line.cents for line in content.lines} == {
        "funded": -1000, "breakage": 100, "fee": -150, "fee_vat": -29,
    }  # fmt: skip
    assert [(pair.redeemer, pair.points, pair.cents) for pair in content.given] == [
        ("books", 250, 250), ("drinks", 300, 300),
    ]  # fmt: skip
    assert [(rate.vat_bp, rate.points, rate.cents) for rate in content.vat_notice] == [(1900, 550, 550)]
    assert content.head.hash == runs.get(session, run_id).head
    drinks = papers.content_of(of(session, run_id, "statement")["drinks"])
    assert [(rate.vat_bp, rate.points, rate.cents, rate.estimated) for rate in drinks.supplies] == [
        (1900, 500, 500, True)
    ]


def test_the_movements_add_up_to_the_lines(session, settled) -> None:
    from partners.settlement import movements

    coalition, run_id = settled
    run = runs.get(session, run_id)
    for code in coalition.places:
        partner_id = coalition.partner(code)
        moved = list(movements.of_run(session, run, partner_id))
        lines = runs.lines(session, run_id)[partner_id]
        assert sum((one.exact_ct for one in moved), Decimal(0)) == sum(
            line.exact_ct for line in lines if line.kind not in ("fee", "correction")
        )
        assert all(run.first_sequence <= one.sequence <= run.last_sequence for one in moved)
    books = [
        one for one in movements.of_run(session, run, coalition.partner("books")) if one.kind == "redeem"
    ]
    assert [(one.at_partner, one.origin, one.points, one.exact_ct) for one in books] == [
        ("books", None, -250, 250)
    ]


def test_every_invoice_is_valid(session, settled) -> None:
    _, run_id = settled
    for paper in of(session, run_id, "fee_invoice").values():
        content = papers.content_of(paper)
        assert isinstance(content, Invoice)
        einvoice.check(einvoice.xml(content))
    content = papers.content_of(of(session, run_id, "fee_invoice")["baker"])
    assert (content.net_cents, content.vat_cents, content.gross_cents) == (150, 29, 179)


def test_expired_points_that_are_kept_are_invoiced_gross_and_paid_already(session) -> None:
    coalition = open_coalition(session, expiry_months=1, breakage="operator")
    register_all(session, coalition)
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, issue=True)
    content = papers.content_of(of(session, run_id, "fee_invoice")["baker"])
    assert (content.net_cents, content.vat_cents, content.gross_cents) == (150 + 84, 29 + 16, 279)
    assert content.prepaid_cents == 100
    einvoice.check(einvoice.xml(content))


def test_a_self_billed_invoice_only_where_the_contract_says_so(session) -> None:
    offers = {code: Offer(redeemer_supplies="operator") for code in ("drinks", "books")}
    coalition = open_coalition(session, offers=offers, expiry_months=1)
    register_all(session, coalition, small=("books",))
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, issue=True)
    found = {papers.content_of(paper).seller.code: papers.content_of(paper) for paper in
             papers.of_run(session, run_id) if paper.kind == "self_billed"}  # fmt: skip
    drinks, books = found["drinks"], found["books"]
    assert (drinks.net_cents, drinks.vat_cents, drinks.gross_cents) == (420, 80, 500)
    assert (books.net_cents, books.vat_cents, books.gross_cents) == (250, 0, 250)
    for content in found.values():
        einvoice.check(einvoice.xml(content))


def test_more_taken_back_than_issued_is_a_credit_note(session) -> None:
    coalition = open_coalition(session)
    register_all(session, coalition)
    bought = coalition.buy(session, "anna", "baker", 100_000, day(1, 10))
    session.commit()
    coalition.settle(session, "2026-01", day(2, 1), issue=True)
    coalition.bring_back(session, "baker", bought.id, day(2, 3))
    session.commit()
    run_id = coalition.settle(session, "2026-02", MARCH, issue=True)
    (credit,) = [paper for paper in papers.of_run(session, run_id) if paper.kind == "fee_credit"]
    content = papers.content_of(credit)
    assert (content.net_cents, content.vat_cents, credit.name) == (150, 29, "RK-2026-00001")
    einvoice.check(einvoice.xml(content))


def test_a_wrong_paper_is_cancelled_and_issued_anew(session, settled) -> None:
    coalition, run_id = settled
    wrong = of(session, run_id, "fee_invoice")["baker"]
    register_all(session, coalition, street="Neue Gasse 9")
    undone, anew = papers.cancel(session, wrong.id, coalition.admins[0], MARCH, in_order(MARCH))
    session.commit()
    first, second = papers.get(session, undone), papers.get(session, anew)
    assert (first.name, first.cancels_id) == ("RE-2026-00004", wrong.id)
    assert papers.content_of(first).cancels == wrong.name
    assert (second.name, second.replaces_id) == ("RE-2026-00005", wrong.id)
    assert papers.content_of(second).buyer.street == "Neue Gasse 9"
    for paper in (first, second):
        einvoice.check(einvoice.xml(papers.content_of(paper)))
    with pytest.raises(Conflict, match="paper_cancelled"):
        papers.cancel(session, wrong.id, coalition.admins[0], MARCH, in_order(MARCH))
    with pytest.raises(Conflict, match="paper_cancels"):
        papers.cancel(session, undone, coalition.admins[0], MARCH, in_order(MARCH))


def test_an_invoice_that_lacks_an_address_gets_no_number(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH)
    with pytest.raises(Invalid, match="company_incomplete"):
        papers.issue(session, run_id, coalition.admins[1], MARCH, in_order(MARCH))
    session.rollback()
    assert papers.of_run(session, run_id) == []
    register_all(session, coalition)
    assert papers.issue(session, run_id, coalition.admins[1], MARCH, in_order(MARCH))[0].number == 1


def test_papers_issued_by_two_at_once_are_issued_once(session, act) -> None:
    coalition = open_coalition(session, expiry_months=1)
    register_all(session, coalition)
    worked(session, coalition)
    run_id = runs.prepare(session, "2026-02", coalition.admins[0], MARCH, in_order(MARCH))
    session.commit()
    runs.release(session, run_id, coalition.admins[1], MARCH, in_order(MARCH))
    session.commit()

    def issue(number: int) -> int:
        new_id = in_order(MARCH + timedelta(seconds=number + 1))
        return len(act(lambda opened: papers.issue(opened, run_id, coalition.admins[1], MARCH, new_id)))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(issue, range(4))) == [8] * 4
    assert session.scalar(select(func.count()).select_from(Paper)) == 8


def test_a_file_once_drawn_is_kept(app, session, settled) -> None:
    coalition, run_id = settled
    paper = of(session, run_id, "fee_invoice")["baker"]
    with app.app_context():
        drawn = drawing.file(session, paper, "xml", MARCH)
        register_all(session, coalition, street="Neue Gasse 9")
        assert drawing.file(session, paper, "xml", MARCH + timedelta(days=400)) == drawn
        with pytest.raises(Missing, match="format_unknown"):
            drawing.file(session, paper, "doc", MARCH)


def test_all_files_of_a_run(app, session, settled) -> None:
    coalition, run_id = settled
    with app.app_context():
        for _ in range(2):
            drawing.draw_all(session, run_id, coalition.admins[1], MARCH)
            session.commit()
    drawn = session.execute(select(PaperFile.format, func.count()).group_by(PaperFile.format)).all()
    assert dict(drawn) == {"pdf": 8, "csv": 3, "xlsx": 3, "xml": 3}
    assert "files" in runs.steps(session, run_id)
    assert isinstance(papers.content_of(of(session, run_id, "advice")["drinks"]), Advice)


def test_the_worker_draws_what_was_released_lately(app, session, settled) -> None:
    _, run_id = settled
    with app.app_context():
        assert settling.draw_latest(MARCH + timedelta(days=8)) == 0
        assert settling.draw_latest(MARCH + timedelta(days=1)) == 1
        assert settling.draw_latest(MARCH + timedelta(days=1)) == 0
    assert "files" in runs.steps(session, run_id)


def test_every_partner_hears_of_its_statement_and_of_the_head(session, settled) -> None:
    coalition, run_id = settled
    mails = {mail.recipient: mail for mail in session.scalars(select(Outbox))}
    assert set(mails) == {f"owner@{code}.example" for code in coalition.places}
    baker = mails["owner@baker.example"]
    assert baker.subject == "Abrechnung 2026-02: -10,79\xa0€"
    assert "15. März 2026" in baker.text_body and "Vorabankündigung" in baker.text_body
    assert runs.get(session, run_id).head in baker.text_body


def test_who_gave_no_mandate_is_asked_to_transfer(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    register_all(session, coalition)
    mandate = mandates.live(session, coalition.partner("baker"))
    mandates.revoke(session, mandate.id, None, MARCH, in_order(MARCH))
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, issue=True)
    assert papers.content_of(of(session, run_id, "statement")["baker"]).collected is False
    mail = session.scalars(select(Outbox).where(Outbox.recipient == "owner@baker.example")).one()
    assert "Bitte überweisen Sie 10,79\xa0€ bis zum 15. März 2026 auf das Konto DE89" in mail.text_body


def test_the_head_of_the_chain_goes_out_once_a_day(session, settled) -> None:
    session.execute(delete(Outbox))
    night = day(3, 2, 2)
    assert notices.publish_head(session, night, in_order(night)) == 4  # three shops and the operator
    assert notices.publish_head(session, night + timedelta(hours=3), in_order(night)) == 0
    assert (
        notices.publish_head(session, night + timedelta(days=1), in_order(night)) == 0
    )  # nothing new was sealed
    head = sealing.head(session)
    texts = session.scalars(select(Outbox.text_body)).all()
    assert all(head.hash.hex() in text and str(head.sequence) in text for text in texts)


def test_nobody_gets_another_partners_paper(session, settled) -> None:
    coalition, run_id = settled
    paper = of(session, run_id, "statement")["baker"]
    with pytest.raises(Missing, match="paper_unknown"):
        papers.get(session, paper.id, coalition.partner("drinks"))
    assert papers.get(session, paper.id, coalition.partner("baker")).id == paper.id
    assert companies.of(session, coalition.partner("baker")).code == "baker"
