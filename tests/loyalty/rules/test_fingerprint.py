"""The fingerprint of a request: the published vectors, and what it does and does not tell apart."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.fingerprint import fingerprint

PURCHASE = {
    "card": "2700417003829152",
    "receipt": "A-10023",
    "total_cents": 450,
    "lines": [{"gross_cents": 450}],
}


@pytest.mark.parametrize(
    ("request_", "canonical"),
    [
        (
            ("POST", "/api/v1/purchases", {}, PURCHASE),
            '{"body":{"card":"2700417003829152","lines":[{"gross_cents":450}],"receipt":"A-10023","total_cents":450},'
            '"method":"POST","path":{},"route":"/api/v1/purchases"}',
        ),
        (
            ("POST", "/api/v1/purchases/{id}/returns", {"id": "0192"}, {"all": True, "note": 'Grüße "\n"'}),
            '{"body":{"all":true,"note":"Grüße \\"\\n\\""},"method":"POST","path":{"id":"0192"},'
            '"route":"/api/v1/purchases/{id}/returns"}',
        ),
        (
            ("POST", "/api/v1/redemptions", {}, {"points": 500, "pin": "4711", "card": "2700417003829152"}),
            '{"body":{"card":"2700417003829152","points":500},"method":"POST","path":{},"route":"/api/v1/redemptions"}',
        ),
    ],
)
def test_it_is_the_hash_of_the_published_form(request_, canonical):
    assert fingerprint(*request_) == sha256(canonical.encode()).digest()


def test_one_vector_is_written_out():
    expected = "bb127e13c8e49e5985ab3a7117c7fdf5d9614dc5b4f4f364598a6d0239df3cfc"
    assert fingerprint("POST", "/api/v1/purchases", {}, PURCHASE).hex() == expected


def test_order_of_members_does_not_matter_order_of_lines_does():
    assert fingerprint("POST", "/p", {}, dict(reversed(PURCHASE.items()))) == fingerprint(
        "POST", "/p", {}, PURCHASE
    )
    assert fingerprint("POST", "/p", {}, {"lines": [1, 2]}) != fingerprint(
        "POST", "/p", {}, {"lines": [2, 1]}
    )


def test_each_part_of_the_request_counts():
    requests = [
        ("POST", "/p", {}, {}), ("PUT", "/p", {}, {}), ("POST", "/q", {}, {}), ("POST", "/p", {"id": "1"}, {}),
        ("POST", "/p", {}, {"a": None}), ("POST", "/p", {}, {"a": 1}), ("POST", "/p", {}, {"a": 1.0}),
        ("POST", "/p", {}, {"a": "1"}), ("POST", "/p", {}, {"a": True}), ("POST", "/p", {}, {"a": {"pin": "4711"}}),
        ("POST", "/p", {}, {"a": {}}),
    ]  # fmt: skip
    assert len({fingerprint(*request) for request in requests}) == len(requests)


def test_the_pin_is_left_out():
    body = {"card": "2700417003829152", "points": 5}
    assert fingerprint("POST", "/r", {}, {**body, "pin": "4711"}) == fingerprint("POST", "/r", {}, body)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5).filter(lambda name: name != "pin"), values, max_size=4))
def test_whatever_json_can_say_has_a_fingerprint_that_survives_the_wire(body):
    sent = json.loads(json.dumps(body))
    assert fingerprint("POST", "/p", {}, sent) == fingerprint("POST", "/p", {}, body)
    assert len(fingerprint("POST", "/p", {}, body)) == 32
