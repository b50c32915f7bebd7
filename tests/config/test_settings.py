"""Settings: what is refused, with which words, and what is lent."""

import stat

import pytest

from config import mail, settings
from config.settings import SettingsError

SECRET = "x" * 40
WHOLE = {"EMMA_DATABASE_URL": "postgres://db/emma", "EMMA_SECRET_KEY": SECRET, "EMMA_CARD_KEY": SECRET}


def test_it_names_everything_that_is_missing(tmp_path):
    with pytest.raises(SettingsError, match="EMMA_DATABASE_URL, EMMA_SECRET_KEY, EMMA_CARD_KEY"):
        settings.load({}, tmp_path)


def test_it_refuses_an_unknown_name_and_offers_the_near_one(tmp_path):
    with pytest.raises(
        SettingsError, match=r"Unknown setting EMMA_DATABSE_URL. Did you mean EMMA_DATABASE_URL\?"
    ):
        settings.load({**WHOLE, "EMMA_DATABSE_URL": "postgres://x/y"}, tmp_path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_it_takes_every_spelling_of_an_address(tmp_path, scheme):
    taken = settings.load({**WHOLE, "EMMA_DATABASE_URL": f"{scheme}://anna:pw@db:5432/emma"}, tmp_path)
    assert taken.database_url == taken.migration_url == "postgresql+psycopg://anna:pw@db:5432/emma"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMMA_DATABASE_URL", "sqlite:///emma.db"),
        ("EMMA_SECRET_KEY", "short"),
        ("EMMA_CARD_KEY", "short"),
        ("EMMA_RATE_LIMIT", "many"),
        ("EMMA_LOG_LEVEL", "loud"),
        ("EMMA_HTTPS", "perhaps"),
    ],
)
def test_it_refuses_a_value_it_cannot_use_without_showing_it(tmp_path, name, value):
    with pytest.raises(SettingsError, match=name) as refusal:
        settings.load({**WHOLE, name: value}, tmp_path)
    assert value not in str(refusal.value)


def test_it_reads_dotenv_behind_the_environment(tmp_path):
    (tmp_path / ".env").write_text(f"# ours\nexport EMMA_RATE_LIMIT=7\nEMMA_SECRET_KEY='{SECRET}'\nOTHER=1\n")
    given = {name: value for name, value in WHOLE.items() if name != "EMMA_SECRET_KEY"}
    assert settings.load(given, tmp_path).rate_limit == 7
    assert settings.load({**given, "EMMA_RATE_LIMIT": "9"}, tmp_path).rate_limit == 9


def test_the_environment_of_a_child_says_the_same(tmp_path):
    parent = settings.load({**WHOLE, "EMMA_DATABASE_ROLE": "", "EMMA_HTTPS": "no"}, tmp_path)
    assert settings.load(settings.environment(parent), tmp_path) == parent


def test_it_lends_a_database_and_keeps_secrets_to_itself(tmp_path):
    first = settings.local({}, tmp_path)
    second = settings.local({}, tmp_path)
    first.server.stop()
    second.server.stop()
    kept = tmp_path / "instance" / "secrets.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (first.secret_key, first.card_key) == (second.secret_key, second.card_key)
    assert first.secret_key != first.card_key.decode()
    assert not first.https


def test_the_lent_database_is_taken_whatever_dotenv_says(tmp_path):
    (tmp_path / ".env").write_text("EMMA_DATABASE_URL=postgresql://db/emma\n")
    lent = settings.local({}, tmp_path, lent_database=True)
    lent.server.stop()
    assert lent.database_url == lent.migration_url == lent.server.url()


def test_a_database_of_your_own_gets_no_made_up_secret(tmp_path):
    with pytest.raises(SettingsError, match="EMMA_SECRET_KEY"):
        settings.local({"EMMA_DATABASE_URL": "postgresql://db/emma"}, tmp_path)


def test_mails_wait_when_nobody_says_where_they_go(tmp_path):
    assert settings.load(WHOLE, tmp_path).smtp_url is None


def test_it_knows_where_mails_go_and_tells_a_child(tmp_path):
    mails = {
        "EMMA_SMTP_URL": "smtp://anna:pw@mail.example:587?starttls=true",
        "EMMA_MAIL_FROM": "Emma <emma@street.example>",
    }
    parent = settings.load({**WHOLE, **mails}, tmp_path)
    assert (parent.smtp_url, parent.mail_from) == tuple(mails.values())
    assert settings.load(settings.environment(parent), tmp_path) == parent


@pytest.mark.parametrize(
    ("url", "sender", "name"),
    [
        ("smtp://anna:secret-word@mail.example", "emma@street.example", "EMMA_SMTP_URL"),
        ("imap://secret-word@mail.example", "emma@street.example", "EMMA_SMTP_URL"),
        ("smtps://anna:secret-word@mail.example:many", "emma@street.example", "EMMA_SMTP_URL"),
        ("smtps://anna:secret-word@mail.example", "", "EMMA_MAIL_FROM"),
        ("smtps://anna:secret-word@mail.example", "Emma", "EMMA_MAIL_FROM"),
        ("", "Emma", "EMMA_MAIL_FROM"),
    ],
)
def test_it_refuses_mail_settings_it_cannot_use(tmp_path, url, sender, name):
    with pytest.raises(SettingsError, match=name) as refusal:
        settings.load({**WHOLE, "EMMA_SMTP_URL": url, "EMMA_MAIL_FROM": sender}, tmp_path)
    assert "secret-word" not in str(refusal.value)
    assert refusal.value.__cause__ is None and refusal.value.__suppress_context__


def test_a_lent_installation_writes_mails_to_files(tmp_path):
    folder = tmp_path / "a street"
    folder.mkdir()
    lent = settings.local({}, folder)
    lent.server.stop()
    assert mail.route(lent.smtp_url) == mail.Folder(folder / "instance" / "mail")
    assert mail.sender(lent.mail_from).addr_spec == "emma@localhost"


def test_a_lent_installation_with_a_server_sends(tmp_path):
    given = {"EMMA_SMTP_URL": "smtp://127.0.0.1:1025", "EMMA_MAIL_FROM": "emma@street.example"}
    lent = settings.local(given, tmp_path)
    lent.server.stop()
    assert (lent.smtp_url, lent.mail_from) == tuple(given.values())
