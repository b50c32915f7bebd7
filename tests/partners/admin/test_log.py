"""The audit log: newest first, by person, deed and partner, page by page; every deed of the code has its words."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from config.sequence import in_order
from loyalty.people import deeds as noted
from partners.admin import deeds
from partners.settlement import admission
from tests.coalition import day
from tests.partners.admin.rooms import admin_desk, furnished
from tests.partners.settlement.registered import register_all

ROOM = "/admin/log"
NOTED = re.compile(
    r'deeds\.note\(\s*session, "(\w+)"|_note\(session, "(\w+)"|action = "(\w+)" if \w+ else "(\w+)"'
)
HEADING = re.compile(r"<strong>(?:<a [^>]*>)?([^<]+)")


@pytest.fixture
def coalition(session):
    coalition = furnished(session)
    first, second = coalition.admins
    register_all(session, coalition)
    admission.open_partner(session, "butcher", "Wolf", "Ring", first, day(3, 2), in_order(day(3, 2)))
    noted.note(
        session, "coalition_changed", second, day(3, 3), in_order(day(3, 3)),
        facts={"due_days": [14, 7], "service_fee_ct": ["0.150", "0.2"], "funding": ["prefunded", "at_redemption"]},
    )  # fmt: skip
    noted.note(session, "never_heard_of", None, day(3, 4), in_order(day(3, 4)), facts={"strange": "thing"})
    session.commit()
    return coalition


@pytest.fixture
def desk(app, coalition):
    return admin_desk(app)


def shown(desk, **which) -> list[str]:
    answer = desk.client.get(ROOM, query_string=which)
    assert answer.status_code == 200
    return HEADING.findall(answer.text)


def test_it_tells_who_did_what_newest_first(desk, coalition) -> None:
    page = desk.get(ROOM).text
    assert HEADING.findall(page)[:3] == [
        "never_heard_of", "Einstellungen der Gemeinschaft geändert", "Partner aufgenommen",
    ]  # fmt: skip
    assert "First" in page and "Second" in page and "von selbst" in page
    assert "14 → 7" in page and "0,15 ct → 0,2 ct" in page and "beim Vergeben → beim Einlösen" in page
    assert (
        f'href="/admin/partners/{coalition.partner("baker")}"' in page and 'href="/admin/coalition"' in page
    )


def test_it_sieves(desk, coalition) -> None:
    first, second = coalition.admins
    assert shown(desk, who=first) == ["Partner aufgenommen"]
    assert shown(desk, who=second, what="coalition_changed") == ["Einstellungen der Gemeinschaft geändert"]
    assert shown(desk, who=first, what="coalition_changed") == []
    assert set(shown(desk, who="nobody")) == {"never_heard_of", "Firmendaten geändert", "Mandat vermerkt"}
    assert set(shown(desk, partner=coalition.partner("drinks"))) == {
        "Firmendaten geändert",
        "Mandat vermerkt",
    }
    assert "Dergleichen ist noch nicht geschehen." in desk.client.get(ROOM, query_string={"what": "x"}).text


def test_it_goes_on_page_by_page(desk, session) -> None:
    for number in range(107):
        at = day(4, 1) + timedelta(seconds=number // 2)  # two of one moment
        noted.note(session, "papers_issued", None, at, in_order(at), uuid4(), facts={"points": number})
    session.commit()
    seen, path, pages = [], f"{ROOM}?what=papers_issued", 0
    while path:
        page = desk.get(path).text
        seen += [int(one) for one in re.findall(r"Punkte</span> (\d+)", page)]
        found = re.search(r'<a class="plain-link" href="([^"]+)">Ältere', page)
        path, pages = found[1].replace("&amp;", "&") if found else None, pages + 1
    assert (
        pages == 3
        and sorted(seen) == list(range(107))
        and [one // 2 for one in seen] == sorted((one // 2 for one in range(107)), reverse=True)
    )


@pytest.mark.parametrize(
    "which", ["before=1", "before=00000000-0000-7000-8000-000000000009", "who=x", "partner='"]
)
def test_what_is_no_id_is_not_found(desk, which) -> None:
    assert desk.get(f"{ROOM}?{which}").status_code == 404


def test_every_deed_has_its_words() -> None:
    folders = (Path("loyalty"), Path("partners"))
    sources = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    found = {name for source in sources for match in NOTED.findall(source) for name in match if name}
    assert len(found) > 20
    assert found | {"objection_upheld", "objection_rejected"} <= NAMED


NAMED = set(re.findall(r'^        "(\w+)": _\("', Path(deeds.__file__).read_text(), re.MULTILINE))
