"""How pages are delivered: small, kept by hash, in the reader's language, with nothing inline and nothing foreign."""

import gzip
import re

import pytest

from config.look import STATIC
from tests.street import open_street

BUDGET_BYTES = 100_000


def test_a_file_named_with_its_hash_may_be_kept_for_a_year(client):
    address = re.search(r'href="(/static/tokens\.css\?v=\w+)"', client.get("/login").text)
    assert address is not None
    answer = client.get(address[1], headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == (STATIC / "tokens.css").read_bytes()
    assert client.get(address[1]).data == (STATIC / "tokens.css").read_bytes()
    assert "immutable" not in client.get("/static/tokens.css").headers["Cache-Control"]


def test_an_unchanged_file_is_not_sent_again(client):
    etag = client.get("/static/tokens.css").headers["ETag"]
    assert client.get("/static/tokens.css", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "name", ["../look.py", "%2e%2e/look.py", "fonts/", "", "nothing.css", "..%5clook.py"]
)
def test_no_way_leads_out_of_the_folder(client, name):
    assert client.get(f"/static/{name}").status_code == 404


def test_the_first_view_stays_small(client):
    page = client.get("/login")
    weight = len(gzip.compress(page.data))
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    addresses |= {"/static/fonts/figtree.woff2", "/static/fonts/bricolage.woff2"}
    for address in addresses:
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, address
        weight += len(answer.data)
    assert weight < BUDGET_BYTES


def test_every_file_that_a_style_sheet_names_is_there():
    for sheet in STATIC.glob("*.css"):
        for name in re.findall(r'url\("?([^")]+)"?\)', sheet.read_text()):
            assert (sheet.parent / name).is_file(), (sheet.name, name)


def test_templates_have_nothing_inline_and_nothing_foreign():
    for template in (STATIC.parent / "templates").rglob("*.html"):
        if template.parent.name == "papers":  # drawn by our own renderer, never sent to a browser
            continue
        words = template.read_text()
        assert not re.search(
            r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org)", words
        ), template


def test_the_coalition_s_colour_is_a_style_sheet_of_its_own(client, session):
    assert client.get("/accent/0b5d3b.css").text == ":root { --accent: #0b5d3b; }\n"
    assert client.get("/accent/red.css").status_code == 404
    assert client.get("/accent/0b5d3b}*{.css").status_code == 404


def test_german_comes_first_then_what_the_browser_asks_then_what_one_chose(client, session):
    open_street(session)
    assert "Schön, dass du da bist." in client.get("/login").text
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert "Nice to see you." in client.get("/login", headers=english).text
    assert "Schön" in client.get("/login", headers={"Accept-Language": "fr"}).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    chosen = client.post("/language", data={"csrf_token": token[1], "language": "de", "next": "/login"})
    assert chosen.location == "/login"
    assert "Schön" in client.get("/login", headers=english).text
    wrong = client.post("/language", data={"csrf_token": token[1], "language": "xx"})
    assert wrong.status_code == 400
