import pytest
from tests.browser.test_rooms import paths, street
pytestmark = pytest.mark.browser
def test_shots(visit, paths):
    for width, dark in ((390, False), (1280, True)):
        page = visit("first@street.example", width, dark)
        for n, path in enumerate(paths):
            page.goto(path)
            page.screenshot(path=f"/tmp/emma/room_{n}_{width}.png", full_page=True)
