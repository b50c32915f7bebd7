"""Where mails go: what an address means, TLS and sign-in with a real server, files for the demo."""

import smtplib
import ssl
import stat
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from config import mail
from config.mail import Folder, Relay
from tests.letterbox import letterbox

EMMA = mail.sender("Emma <emma@street.example>")


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("smtp://mail.example", Relay("mail.example", 25, "plain")),
        ("smtp://mail.example/?starttls=true", Relay("mail.example", 587, "starttls")),
        (
            "smtp://anna:p%40ss@mail.example:2525?starttls=true",
            Relay("mail.example", 2525, "starttls", "anna", "p@ss"),
        ),
        ("smtps://anna:pw@mail.example", Relay("mail.example", 465, "tls", "anna", "pw")),
        ("smtp://anna:pw@localhost:1025", Relay("localhost", 1025, "plain", "anna", "pw")),
        ("smtp://anna:pw@relay:25?starttls=false", Relay("relay", 25, "plain", "anna", "pw")),
        ("file:///var/lib/my%20mail", Folder(Path("/var/lib/my mail"))),
    ],
)
def test_it_reads_an_address(url, meant):
    assert mail.route(url) == meant
    assert "pw" not in repr(mail.route(url))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:many",
        "smtp://mail.example/folder",
        "smtp://mail.example?starttls=perhaps",
        "smtp://mail.example?start_tls=true",
        "smtp://mail.example?starttls",
        "smtp://anna:pä@mail.example?starttls=true",
        "smtp://anna:pw@mail.example",  # the password would go in the clear, and nobody said it may
        "file:mail",
        "file://elsewhere/mail",
    ],
)
def test_it_refuses_an_address_it_cannot_use(url):
    with pytest.raises(ValueError):
        mail.route(url)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("emma@street.example", "", "emma@street.example"),
        ("Emma in der Straße <emma@street.example>", "Emma in der Straße", "emma@street.example"),
    ],
)
def test_it_reads_a_sender(text, name, address):
    assert (mail.sender(text).display_name, mail.sender(text).addr_spec) == (name, address)


@pytest.mark.parametrize(
    "text", ["", "Emma", "Emma <emma>", "emma@", "@street.example", "Emma <ä@street.example>"]
)
def test_it_refuses_what_is_no_sender(text):
    with pytest.raises(ValueError):
        mail.sender(text)


def test_it_writes_a_file_that_only_its_owner_reads_and_a_repetition_replaces(tmp_path):
    folder = Folder(tmp_path / "instance" / "mail")
    for body in ("one", "two"):
        with folder.open(EMMA) as send:
            send(a_mail(body))
    (written,) = folder.path.iterdir()
    assert written.name == "1234.eml"
    assert b"two" in written.read_bytes()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that nobody vouches for, with its key, in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    line = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", path, "-out", f"{path}.crt"]
    subprocess.run([*line.split(), *names], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def knows_anna(_server, _session, _envelope, _mechanism, told):
    known = isinstance(told, LoginPassword) and (told.login, told.password) == (b"anna", b"p@ss")
    return AuthResult(success=known, handled=False)  # the reply is left to the server


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_it_signs_in_over_tls(certificate, tls, monkeypatch, scheme):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    encrypted = {"ssl_context": tls} if scheme == "smtps" else {"tls_context": tls, "require_starttls": True}
    # aiosmtpd does not count TLS from the first byte as TLS.
    needs = {
        "auth_required": scheme == "smtp",
        "authenticator": knows_anna,
        "auth_require_tls": scheme == "smtp",
    }
    with letterbox(**encrypted, **needs) as box:
        relay = mail.route(f"{scheme}://anna:p%40ss@127.0.0.1:{box.port}?starttls=true")
        with relay.open(EMMA) as send:
            send(a_mail())
            send(a_mail())
        assert len(box.mails) == 2
        assert box.senders == ["emma@street.example"] * 2
        wrong = mail.route(f"{scheme}://anna:wrong@127.0.0.1:{box.port}?starttls=true")
        with pytest.raises(smtplib.SMTPAuthenticationError), wrong.open(EMMA):
            pass


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_it_tells_no_password_to_a_server_nobody_vouches_for(tls, scheme):
    told = []

    def listens(_server, _session, _envelope, _mechanism, data):
        told.append(data)
        return AuthResult(success=True)

    encrypted = {"ssl_context": tls} if scheme == "smtps" else {"tls_context": tls}
    with letterbox(**encrypted, authenticator=listens, auth_require_tls=False) as box:
        relay = mail.route(f"{scheme}://anna:pw@127.0.0.1:{box.port}?starttls=true")
        with pytest.raises(ssl.SSLCertVerificationError), relay.open(EMMA):
            pass
    assert told == []


def test_it_does_not_go_on_in_the_clear_when_the_server_knows_no_tls():
    with letterbox() as box:
        relay = mail.route(f"smtp://127.0.0.1:{box.port}?starttls=true")
        with pytest.raises(smtplib.SMTPNotSupportedError), relay.open(EMMA):
            pass
    assert box.senders == []


def a_mail(body: str = "Hello") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"] = EMMA, "anna@street.example", "<1234@street.example>"
    made.set_content(body)
    return made
