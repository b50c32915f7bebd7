from tests.partners.admin.test_settlement import *
import re
def test_a(desk):
    t=desk.get(ROOM).text
    print(repr(t[t.index('id="next"'):][:200])); assert 0
