"""What is taken along: papers, tables, bookings, the export that its own program verifies; never another partner's."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from config.sequence import in_order
from loyalty.errors import Conflict
from loyalty.people import passwords
from partners import staff
from partners.settlement import corrections, paper, papers, verify
from partners.settlement.models import Company, PaperFile
from tests.coalition import day, open_coalition
from tests.partners.office.settled import PASSWORD, settled

ALL = ("/movements.csv", "/movements.xlsx", "/export.json", "/verify.py", "/datev.csv")


@pytest.fixture
def baker(february, sit_down):
    return sit_down("owner@baker.example")


def test_the_movements_as_a_table_for_german_readers(february, baker, address) -> None:
    answer = baker.get(address(february, "/movements.csv"))
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert answer.headers["Content-Disposition"] == "attachment; filename=emma-2026-02-baker-movements.csv"
    assert {row["Abrechnung"] for row in rows} == {"AB-2026-00001"} and "-2,91375" in [
        row["Wirkung in Euro"] for row in rows
    ]
    assert not {row["Beleg"] for row in rows} & {"D-0007", "D-0100", "K-0001"}


def test_the_statement_as_a_workbook(february, baker, address) -> None:
    answer = baker.get(address(february, "/movements.xlsx"))
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        assert book.testzip() is None
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        words = book.read(sheets[0]).decode()
    assert len(sheets) == 4 and "AB-2026-00001" in words


def test_the_export_is_verified_by_the_program_beside_it(february, baker, address, tmp_path, capsys) -> None:
    page = baker.get(address(february)).text
    head = page.split("--head ")[1].split("<")[0].strip()
    path = tmp_path / "export.json"
    path.write_bytes(baker.get(address(february, "/export.json")).data)
    assert verify.main([str(path), "--head", head]) == 0
    lines = path.read_text().splitlines()
    assert json.loads(lines[0])["partner"]["code"] == "baker"
    path.write_text("\n".join([lines[0], *lines[2:]]) + "\n")
    assert verify.main([str(path), "--head", head]) == 1
    capsys.readouterr()


def test_the_program_is_the_file_itself(february, baker, address) -> None:
    answer = baker.get(address(february, "/verify.py"))
    assert answer.data == Path(verify.__file__).read_bytes()
    assert answer.headers["Content-Disposition"] == "attachment; filename=verify.py"


def test_the_bookings_for_datev(february, baker, address) -> None:
    answer = baker.get(address(february, "/datev.csv"))
    lines = answer.data.decode("cp1252").split("\r\n")
    assert (
        lines[0].startswith('"EXTF";700;21;"Buchungsstapel"')
        and ";1002;7;20260101;4;20260301;20260331;" in lines[0]
    )
    assert any("AB-2026-00001" in line for line in lines) and any("RE-2026-00001" in line for line in lines)
    assert answer.headers["Content-Disposition"].endswith("filename=EXTF_Emma_2026-02_baker.csv")


def test_without_the_tax_advisers_numbers_it_says_what_is_missing(session, february, baker, address) -> None:
    session.execute(update(Company).values(datev_client=None))
    session.commit()
    answer = baker.get(address(february, "/datev.csv"))
    assert answer.status_code == 409 and "Für DATEV fehlen noch die Nummern" in answer.text


def test_before_the_papers_there_is_nothing_to_book_but_all_else(session, sit_down, address) -> None:
    opened = settled(session, issue=False)
    client = sit_down("accountant@baker.example")
    answer = client.get(address(opened, "/datev.csv"))
    assert answer.status_code == 409 and "noch nicht ausgestellt" in answer.text
    for rest in ALL[:4]:
        assert client.get(address(opened, rest)).status_code == 200


def test_papers_are_given_as_they_are(session, february, baker) -> None:
    for one in papers.of_run(session, february.run_id, february.coalition.partner("baker")):
        if one.kind == "fee_invoice":
            answer = baker.get(f"/office/papers/{one.id}.xml")
            assert answer.data.startswith(b"<?xml") and one.name in answer.headers["Content-Disposition"]
        if one.kind == "statement":
            answer = baker.get(f"/office/papers/{one.id}.pdf")
            assert answer.data.startswith(b"%PDF") and answer.headers["Content-Disposition"].startswith(
                "inline"
            )
            assert answer.headers["Cache-Control"] == "no-store"
            assert baker.get(f"/office/papers/{one.id}.doc").status_code == 404
            assert baker.get(f"/office/papers/{one.id}.xml").status_code == 404
    assert session.scalar(select(func.count()).select_from(PaperFile)) == 2


def test_another_partners_paper_is_not_there(session, february, sit_down) -> None:
    drinks = sit_down("owner@drinks.example")
    for one in papers.of_run(session, february.run_id, february.coalition.partner("baker")):
        assert drinks.get(f"/office/papers/{one.id}.pdf").status_code == 404
    assert session.scalar(select(func.count()).select_from(PaperFile)) == 0


def test_where_papers_cannot_be_drawn_it_says_so(session, february, baker, monkeypatch) -> None:
    def none() -> None:
        raise Conflict("papers_missing", needs="weasyprint")

    monkeypatch.setattr(paper, "renderer", none)
    (statement, *_) = papers.of_run(session, february.run_id, february.coalition.partner("baker"))
    answer = baker.get(f"/office/papers/{statement.id}.pdf")
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert session.scalar(select(func.count()).select_from(PaperFile)) == 0


def test_a_cashier_takes_nothing_along(session, february, sit_down, address) -> None:
    cashier = sit_down("staff@baker.example")
    assert {cashier.get(address(february, rest)).status_code for rest in ALL} == {403}
    (statement, *_) = papers.of_run(session, february.run_id, february.coalition.partner("baker"))
    assert cashier.get(f"/office/papers/{statement.id}.pdf").status_code == 403


def test_a_run_of_a_correction_alone_has_no_chain_to_export(session, sit_down) -> None:
    coalition, march = open_coalition(session), day(3, 1)
    first, second = coalition.admins
    number = corrections.make(
        session, coalition.partner("baker"), 250, "agreed", first, march, in_order(march)
    )
    corrections.approve(session, number, second, march, in_order(march))
    staff.set_password(session, coalition.owners["baker"], passwords.hashed(PASSWORD))
    session.commit()
    run_id = coalition.settle(session, "2026-02", march)
    client = sit_down("owner@baker.example")
    page = client.get(f"/office/statements/{run_id}").text
    assert "Wie mit Ihnen vereinbart" in page and "export.json" not in page
    answer = client.get(f"/office/statements/{run_id}/export.json")
    assert answer.status_code == 422 and "keine Bewegung" in answer.text
