"""Papers of a run for the coalition's files: every format, and what is wrong is taken back once."""

from uuid import uuid4

import pytest

from partners.settlement import drawing, papers
from tests.partners.admin.money import prepared, sign_in, street, written


@pytest.fixture
def run_id(session):
    return prepared(session, street(session))


@pytest.fixture
def second(app, run_id):
    """At the desk, with February's papers just issued."""
    desk, path = sign_in(app, "second@street.example"), f"/admin/settlement/runs/{run_id}"
    desk.get(path)
    desk.then(f"{path}/release")
    desk.then(f"{path}/papers")
    return desk


def test_papers_open_in_every_format_and_are_kept(second, session, run_id):
    for paper in papers.of_run(session, run_id):
        for form in drawing.FORMATS[paper.kind]:
            address = f"/admin/settlement/papers/{paper.id}.{form}"
            answer = second.get(address)
            assert answer.status_code == 200 and answer.content_type == drawing.MIME[form]
            disposition = f"{'inline' if form == 'pdf' else 'attachment'}; filename={paper.name}.{form}"
            assert answer.headers["Content-Disposition"] == disposition
            assert second.get(address).data == answer.data


def test_a_paper_is_taken_back_once(second, session, run_id):
    paper = papers.of_run(session, run_id)[0]
    cancel = f"/admin/settlement/papers/{paper.id}/cancel"
    page = second.then(cancel)
    assert "zurückgenommen" in page and "neu ausgestellt" in page and "nimmt ein anderes zurück" in page
    before = written(session)
    refused = second.post(cancel)
    assert refused.status_code == 409 and written(session) == before
    undone = next(one for one in papers.of_run(session, run_id) if one.cancels_id == paper.id)
    assert second.post(f"/admin/settlement/papers/{undone.id}/cancel").status_code == 409
    assert written(session) == before


def test_papers_there_are_not_are_a_404(second, session, run_id):
    paper = papers.of_run(session, run_id)[0]
    assert second.get(f"/admin/settlement/papers/{paper.id}.docx").status_code == 404
    assert second.get(f"/admin/settlement/papers/{uuid4()}.pdf").status_code == 404
    assert second.post(f"/admin/settlement/papers/{uuid4()}/cancel").status_code == 404


def test_only_admins_see_papers_of_all_partners(app, second, session, run_id):
    owner = sign_in(app, "owner@baker.example")
    for paper in papers.of_run(session, run_id):
        assert owner.get(f"/admin/settlement/papers/{paper.id}.xml").status_code == 403
        assert owner.post(f"/admin/settlement/papers/{paper.id}/cancel").status_code == 403
