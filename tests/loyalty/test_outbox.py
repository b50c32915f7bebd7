"""The outbox on the real database: who gets a row, when it is tried again, and when it goes. Nothing is sent here."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from loyalty import outbox
from loyalty.errors import Invalid
from loyalty.outbox import DELAYS, KEPT, LEASE, Attachment, Message
from tests.street import NOON, ids

HELLO = Message("anna@street.example", "Grüße aus der Bäckerei", "Äpfel für 3,50\u00a0€\n")
PAPER = Attachment("Abrechnung März.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
COUNT = "SELECT count(*) FROM outbox"


def put(session: Session, message: Message = HELLO, at=NOON):
    return outbox.put(session, message, at, ids(at))


def test_promise_15_a_row_exists_exactly_when_its_transaction_committed(engine, owner):
    with Session(engine) as undone, Session(engine) as done:
        put(undone)
        kept = put(done)
        assert owner.execute(COUNT).fetchone() == (0,)  # to a sender neither exists yet
        undone.rollback()
        done.commit()
    assert owner.execute("SELECT id FROM outbox").fetchall() == [(kept,)]


def test_promise_15_a_row_goes_with_the_transaction_that_failed(act, owner):
    def fails(session: Session) -> None:
        put(session)
        raise Invalid("reward_invalid", "reward")

    with pytest.raises(Invalid):
        act(fails)
    assert owner.execute(COUNT).fetchone() == (0,)


def test_it_gives_back_what_was_put(act):
    message = replace(HELLO, html="<p>Äpfel</p>", attachments=(PAPER, Attachment("a.csv", "text/csv", b"")))
    number = act(lambda s: put(s, message))
    claimed = act(lambda s: outbox.claim(s, NOON))
    assert (claimed.id, claimed.message, claimed.created_at, claimed.tries) == (number, message, NOON, 1)


def test_it_keeps_addresses_in_lower_case(act):
    act(lambda s: put(s, replace(HELLO, recipient=" Anna@Street.Example ")))
    assert act(lambda s: outbox.claim(s, NOON)).message.recipient == "anna@street.example"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"recipient": "anna@street.example\nBcc: ben@street.example"}, "email_invalid", "recipient"),
        ({"recipient": "anna@street.example\n"}, "email_invalid", "recipient"),
        ({"recipient": "anna@street.example, ben@street.example"}, "email_invalid", "recipient"),
        ({"recipient": "Anna <anna@street.example>"}, "email_invalid", "recipient"),
        ({"recipient": "anna"}, "email_invalid", "recipient"),
        ({"recipient": f"{'a' * 250}@street.example"}, "email_invalid", "recipient"),
        ({"subject": "Hi\r\nBcc: ben@street.example"}, "text_invalid", "subject"),
        ({"subject": "Hi\nthere"}, "text_invalid", "subject"),
        ({"subject": "Hi\u2028there"}, "text_invalid", "subject"),
        ({"subject": "Hi\x85there"}, "text_invalid", "subject"),
        ({"subject": "\ud800"}, "text_invalid", "subject"),
        ({"subject": ""}, "text_invalid", "subject"),
        ({"subject": "x" * 201}, "text_invalid", "subject"),
        ({"text": "a\0b"}, "text_invalid", "text"),
        ({"html": "<p>\udfff</p>"}, "text_invalid", "html"),
        ({"attachments": (replace(PAPER, name="a\nb.pdf"),)}, "text_invalid", "attachments"),
        ({"attachments": (replace(PAPER, type="pdf\n"),)}, "attachment_invalid", "attachments"),
        ({"attachments": (replace(PAPER, content=bytes(10 * 1024 * 1024)), PAPER)}, "too_large", "attachments"),
    ],
)  # fmt: skip
def test_it_refuses_what_would_break_out_of_its_header(session, owner, change, code, field):
    with pytest.raises(Invalid) as refusal:
        put(session, replace(HELLO, **change))
    session.commit()
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert owner.execute(COUNT).fetchone() == (0,)


def test_two_senders_at_once_get_different_messages(engine, act):
    numbers = {act(put), act(put)}
    with Session(engine) as one, Session(engine) as other, Session(engine) as third:
        claimed = {outbox.claim(one, NOON).id, outbox.claim(other, NOON).id}  # no lock is waited for
        assert outbox.claim(third, NOON) is None
    assert claimed == numbers


def test_a_claimed_message_comes_back_when_its_lease_is_over(act):
    number = act(put)
    assert act(lambda s: outbox.claim(s, NOON)).id == number
    assert act(lambda s: outbox.claim(s, NOON + LEASE - timedelta(seconds=1))) is None
    assert not act(lambda s: outbox.is_due(s, NOON + LEASE - timedelta(seconds=1)))
    assert act(lambda s: outbox.is_due(s, NOON + LEASE))
    again = act(lambda s: outbox.claim(s, NOON + LEASE))
    assert (again.id, again.tries) == (number, 2)


def test_what_waits_longest_goes_first(act):
    later = act(lambda s: put(s, at=NOON + timedelta(minutes=1)))
    first = act(put)
    at = NOON + timedelta(minutes=2)
    assert [act(lambda s: outbox.claim(s, at)).id for _ in range(2)] == [first, later]


def test_it_tries_again_after_delays_that_grow_and_then_gives_up(act, owner):
    act(put)
    at, waited = NOON, []
    while claimed := act(partial(outbox.claim, at=at)):
        failed = partial(outbox.put_off, claimed=claimed, at=at, error="SMTPDataError 451", lasting=False)
        given_up = act(failed)
        due_at, failed_at = owner.execute("SELECT due_at, failed_at FROM outbox").fetchone()
        if not given_up:
            waited.append(due_at - at)
            at = due_at
    assert tuple(waited) == DELAYS == tuple(sorted(DELAYS))
    assert failed_at == at
    assert owner.execute("SELECT tries, error FROM outbox").fetchone() == (7, "SMTPDataError 451")
    assert not act(lambda s: outbox.is_due(s, at + KEPT))


def test_a_lasting_failure_gives_up_at_once(act, owner):
    act(put)
    claimed = act(lambda s: outbox.claim(s, NOON))
    assert act(lambda s: outbox.put_off(s, claimed, NOON, "SMTPRecipientsRefused 550", True))
    assert owner.execute("SELECT tries, failed_at, sent_at FROM outbox").fetchone() == (1, NOON, None)


def test_a_sender_whose_lease_ran_out_disturbs_nobody(act, owner):
    act(put)
    slow = act(lambda s: outbox.claim(s, NOON))
    other = act(lambda s: outbox.claim(s, NOON + LEASE))
    act(lambda s: outbox.put_off(s, slow, NOON + LEASE, "TimeoutError", False))
    due = owner.execute("SELECT due_at, error FROM outbox").fetchone()
    assert due == (NOON + 2 * LEASE, None)  # the other one's lease stands
    act(lambda s: outbox.put_off(s, other, NOON + LEASE, "SMTPDataError 554", True))
    act(lambda s: outbox.confirm(s, slow, NOON + LEASE))  # it went after all: that is what counts
    row = owner.execute("SELECT sent_at, failed_at, error FROM outbox").fetchone()
    assert row == (NOON + LEASE, None, None)
    act(lambda s: outbox.put_off(s, other, NOON + LEASE, "SMTPDataError 554", True))
    assert owner.execute("SELECT sent_at, failed_at, error FROM outbox").fetchone() == row


def test_it_forgets_an_address_whatever_became_of_its_mails(act, owner):
    for _ in range(2):
        act(put)
    act(lambda s: put(s, replace(HELLO, recipient="ben@street.example")))
    claimed = act(lambda s: outbox.claim(s, NOON))
    act(lambda s: outbox.confirm(s, claimed, NOON))
    assert act(lambda s: outbox.forget(s, "Anna@street.example")) == 2
    assert act(lambda s: outbox.forget(s, "anna@street.example")) == 0
    assert owner.execute("SELECT recipient FROM outbox").fetchall() == [("ben@street.example",)]
    act(lambda s: outbox.confirm(s, claimed, NOON))  # a sender that still has it: nothing comes back
    assert owner.execute(COUNT).fetchone() == (1,)


def test_it_sweeps_what_was_sent_or_given_up_in_batches(act, owner):
    for _ in range(4):
        act(put)
    for end in ("sent_at", "failed_at", "sent_at"):
        owner.execute(
            f"UPDATE outbox SET {end} = %s WHERE id = (SELECT id FROM outbox"
            " WHERE sent_at IS NULL AND failed_at IS NULL ORDER BY id LIMIT 1)",
            [NOON],
        )
    assert act(lambda s: outbox.sweep(s, NOON + KEPT)) == 0
    at = NOON + KEPT + timedelta(seconds=1)
    assert [act(lambda s: outbox.sweep(s, at, 2)) for _ in range(3)] == [2, 1, 0]
    assert owner.execute("SELECT sent_at, failed_at FROM outbox").fetchall() == [(None, None)]
