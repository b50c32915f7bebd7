"""Delivery against a real SMTP server and the real database, with senders that fail, race and are killed."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config import delivery, mail
from config import settings as config_settings
from loyalty import outbox
from loyalty.outbox import LEASE, Attachment, Message
from tests.letterbox import letterbox
from tests.street import NOON, ids

EMMA = mail.sender("Emma in der Straße <emma@street.example>")
HELLO = Message("anna@street.example", "Grüße aus der Bäckerei", "Äpfel für 3,50\u00a0€\n.\nTschüß")

SENDER = """
import sys
from datetime import UTC, datetime
from config import delivery, mail, settings
from config.app import create_app

given = settings.load()
with create_app(given).app_context():
    sender = mail.sender(given.mail_from)
    print("ready", flush=True)
    sys.stdin.readline()
    delivery.deliver(mail.route(given.smtp_url), sender, lambda: datetime.now(UTC))
"""


@pytest.fixture
def box():
    with letterbox() as opened:
        yield opened


@pytest.fixture
def put(act):
    """`put()`: a message in the outbox, committed; its id."""
    return lambda message=HELLO, at=NOON: act(lambda s: outbox.put(s, message, at, ids(at)))


@pytest.fixture
def deliver(app, box):
    """`deliver(at)`: what the worker does at that moment."""

    def run(at: datetime = NOON, **more: object) -> int:
        with app.app_context():
            return delivery.deliver(mail.route(f"smtp://127.0.0.1:{box.port}"), EMMA, lambda: at, **more)

    return run


def message_id(number: object) -> str:
    return f"<{number}@street.example>"


def test_what_was_written_arrives(box, put, deliver):
    paper = Attachment("Abrechnung März.pdf", "application/pdf", b"%PDF-1.7 \x00\xff\r\n.\r\n")
    number = put(replace(HELLO, html="<p>Äpfel</p>", attachments=(paper,)))
    assert deliver() == 1
    assert deliver(NOON + timedelta(days=2)) == 0
    (arrived,) = box.mails
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    (attached,) = arrived.iter_attachments()
    assert arrived["Subject"] == HELLO.subject
    assert (text.get_content().replace("\r\n", "\n").strip("\n"), html.get_content().strip()) == (
        HELLO.text,
        "<p>Äpfel</p>",
    )
    assert (attached.get_filename(), attached.get_content_type()) == (paper.name, paper.type)
    assert attached.get_content() == paper.content
    assert str(arrived["From"]) == "Emma in der Straße <emma@street.example>"
    assert (arrived["To"], box.ids) == ("anna@street.example", [message_id(number)])
    assert arrived["Date"].datetime == NOON
    assert arrived["Auto-Submitted"] == "auto-generated"


def test_nothing_arrives_of_what_was_rolled_back(box, session, deliver):
    outbox.put(session, HELLO, NOON, ids())
    session.rollback()
    assert (deliver(), box.senders) == (0, [])


def test_two_senders_at_once_deliver_each_message_once(box, put, deliver):
    numbers = [put() for _ in range(30)]
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(deliver) for _ in range(2)]
    assert sum(one.result() for one in both) == 30
    assert sorted(box.ids) == sorted(map(message_id, numbers))


def test_a_repetition_has_the_same_message_id(app, act, box, put, deliver, owner):
    number = put()
    with app.app_context(), mail.route(f"smtp://127.0.0.1:{box.port}").open(EMMA) as send:
        send(delivery.compose(act(lambda s: outbox.claim(s, NOON)), EMMA))  # and it ends before it confirms
    assert (deliver(), box.ids) == (0, [message_id(number)])
    assert (deliver(NOON + LEASE), box.ids) == (1, [message_id(number)] * 2)
    assert box.mails[0]["Date"] == box.mails[1]["Date"]
    assert owner.execute("SELECT sent_at, tries FROM outbox").fetchone() == (NOON + LEASE, 2)


def test_a_550_gives_up_and_holds_nobody_up(box, put, deliver, owner):
    box.answers["anna@street.example"] = "550 no anna@street.example here"
    put()
    put(replace(HELLO, recipient="ben@street.example"))
    assert deliver() == 1
    assert deliver(NOON + timedelta(days=3)) == 0
    assert [mail["To"] for mail in box.mails] == ["ben@street.example"]
    row = "SELECT failed_at, sent_at, tries, error FROM outbox WHERE recipient = 'anna@street.example'"
    assert owner.execute(row).fetchone() == (NOON, None, 1, "SMTPRecipientsRefused 550")


@pytest.mark.parametrize("where", ["recipient", "data"])
def test_a_451_is_tried_again_later(box, put, deliver, owner, where):
    number = put()
    if where == "recipient":
        box.answers["anna@street.example"] = "451 greylisted"
    else:
        box.data_answer = "451 disk full"
    assert deliver() == 0
    error = "SMTPRecipientsRefused 451" if where == "recipient" else "SMTPDataError 451"
    assert owner.execute("SELECT error, failed_at FROM outbox").fetchone() == (error, None)
    box.answers.clear()
    box.data_answer = "250 kept"
    assert deliver(NOON + timedelta(seconds=59)) == 0
    assert deliver(NOON + timedelta(seconds=60)) == 1
    assert box.ids == [message_id(number)]
    assert owner.execute("SELECT error FROM outbox").fetchone() == (None,)


def test_a_server_that_refuses_us_is_no_messages_fault(box, put, deliver, owner):
    box.sender_answer = "550 who are you?"
    put()
    put()
    assert deliver() == 0
    assert box.senders == ["emma@street.example"]  # the second one was not even tried
    assert owner.execute("SELECT sum(tries), count(failed_at) FROM outbox").fetchone() == (1, 0)
    box.sender_answer = ""
    assert deliver(NOON + timedelta(minutes=1)) == 2


def test_a_message_too_big_for_the_server_is_given_up(box, put, deliver, owner):
    box.sender_answer = "552 too big"
    put()
    assert deliver() == 0
    assert owner.execute("SELECT failed_at, error FROM outbox").fetchone() == (NOON, "SMTPSenderRefused 552")


def test_a_goodbye_ends_the_round(box, put, deliver, owner):
    box.data_answer = "421 closing"
    put()
    put()
    assert deliver() == 0
    assert owner.execute("SELECT sum(tries), count(failed_at) FROM outbox").fetchone() == (1, 0)


def test_without_a_reachable_server_no_try_is_spent(app, put, owner):
    put()
    with letterbox() as closed:
        nowhere = mail.route(f"smtp://127.0.0.1:{closed.port}")
    with app.app_context():
        assert delivery.deliver(nowhere, EMMA, lambda: NOON) == 0
    assert owner.execute("SELECT tries, due_at, error FROM outbox").fetchone() == (0, NOON, None)


def test_a_message_nobody_can_write_holds_nobody_up(box, put, deliver, owner):
    broken, whole = put(), put()
    owner.execute("UPDATE outbox SET subject = E'Hi\\nBcc: x@y.example' WHERE id = %s", [broken])
    assert (deliver(), box.ids) == (1, [message_id(whole)])
    row = owner.execute("SELECT failed_at, error FROM outbox WHERE id = %s", [broken]).fetchone()
    assert row == (NOON, "ValueError")


def test_a_round_ends_so_that_a_worker_can(put, deliver):
    for _ in range(5):
        put()
    assert [deliver(most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_the_demo_gets_files(app, put, tmp_path):
    number = put()
    with app.app_context():
        route = mail.route((tmp_path / "mail").as_uri())
        assert delivery.deliver(route, EMMA, lambda: NOON) == 1
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [f"{number}.eml"]
    assert b"Message-ID: " + message_id(number).encode() in (tmp_path / "mail" / f"{number}.eml").read_bytes()


def test_promise_15_delivered_at_least_once(settings, put, deliver, box, owner, tmp_path):
    """Senders are killed with -9 the moment the server has a message and before they know."""
    numbers = [put() for _ in range(12)]
    cut_at = {3, 7}
    for _ in cut_at:
        with sender_process(settings, box, tmp_path) as process:
            box.on_mail = lambda count, pid=process.pid: count in cut_at and os.kill(pid, signal.SIGKILL)
            process.communicate(b"go\n", timeout=60)
        assert process.returncode == -signal.SIGKILL
    in_doubt = [box.ids[2], box.ids[6]]
    assert owner.execute("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL").fetchone() == (5,)
    box.on_mail = lambda _count: None
    deliver(datetime.now(UTC) + LEASE)
    assert set(box.ids) == set(map(message_id, numbers))  # none is lost
    assert sorted(box.ids) == sorted([*map(message_id, numbers), *in_doubt])  # repeated are those in doubt
    assert owner.execute("SELECT count(*) FROM outbox WHERE sent_at IS NULL").fetchone() == (0,)


def sender_process(settings, box, folder):
    """A sender in a process of its own, ready to begin at a line on its stdin."""
    told = replace(settings, smtp_url=f"smtp://127.0.0.1:{box.port}", mail_from="Emma <emma@street.example>")
    environment = {**os.environ, **config_settings.environment(told)}
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"ready\n"
    return process
