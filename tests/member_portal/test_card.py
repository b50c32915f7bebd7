"""The printable card: the name, and a code of 16 digits that a real decoder reads from the picture."""

from io import BytesIO

import zxingcpp
from PIL import Image
from sqlalchemy import update

from loyalty.models.people import Profile
from member_portal import qr


def test_the_picture_holds_the_sixteen_digits(phone, street):
    answer = phone("anna").get("/card.png")
    assert answer.mimetype == "image/png" and answer.headers["Cache-Control"] == "no-store"
    card = Image.open(BytesIO(answer.data))
    assert card.size == (1712, 1080)
    assert abs(card.info["dpi"][0] - 508) < 1  # 85.6 mm wide when printed
    assert [found.text for found in zxingcpp.read_barcodes(card)] == [street.cards["anna"]]


def test_names_of_all_neighbours_can_be_printed(phone, street, session):
    change = update(Profile).where(Profile.member_id == street.members["anna"])
    session.execute(change.values(first_name="Łucja Anastazja", last_name="Öztürk-Świętochowska & <Söhne>"))
    session.commit()
    anna = phone("anna")
    assert Image.open(BytesIO(anna.get("/card.png").data)).size == (1712, 1080)
    assert "Öztürk-Świętochowska &amp; &lt;Söhne&gt;" in anna.get("/card.svg").text


def test_the_drawing_has_name_number_and_real_size(phone, street):
    answer = phone("anna").get("/card.svg")
    assert answer.mimetype == "image/svg+xml"
    number = street.cards["anna"]
    assert "Anna Kaiser" in answer.text
    assert f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}" in answer.text
    assert 'width="85.6mm" height="54mm"' in answer.text


def test_the_print_page_shows_the_same_drawing(phone):
    page = phone("anna").get("/card/print").text
    assert "Anna Kaiser" in page and "<svg" in page and "data-print" in page


def test_both_codes_fit_the_smallest_square():
    assert qr.path("2" * 16, qr.PRINTED)[1] == 21
    assert qr.path("2" * 22, qr.SHOWN)[1] == 21
