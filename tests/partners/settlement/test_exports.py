"""A partner's export: own movements in full, of all others nothing but hashes."""

import json

import pytest

from loyalty.errors import Invalid, Missing
from loyalty.points import sealing
from loyalty.rules import chain, published
from partners.settlement import exports
from tests.partners.settlement.sealed_street import BONS, exported, live


@pytest.fixture
def street(act, session):
    return live(act, session)


def full(entries, name):
    return [
        part[name] for entry in entries for part in entry["parts"] if isinstance(part, dict) and name in part
    ]


def test_it_names_partner_range_and_heads(act, street):
    header, *entries = exported(act, street, first=3, last=6)
    assert header["partner"] == {
        "id": str(street.places["baker"].partner_id),
        "code": "baker",
        "name": "Baker",
    }
    assert (header["first"], header["last"]) == (3, 6)
    assert [entry["sequence"] for entry in entries] == [3, 4, 5, 6]
    whole = exported(act, street)
    assert header["previous"] == whole[2]["hash"]
    assert header["head"] == whole[6]["hash"] == entries[-1]["hash"]
    assert whole[0]["previous"] == chain.START.hex()
    assert whole[0]["head"] == act(sealing.head).hash.hex()


def test_it_shows_own_movements_receipts_lots_and_uses(act, street):
    _, *entries = exported(act, street)
    baker = str(street.places["baker"].partner_id)
    assert [one["kind"] for one in full(entries, "transfer")] == ["earn"] * 4 + ["redeem"]
    assert [one["receipt"] for one in full(entries, "receipt")] == [*BONS, None]
    assert [one["total_cents"] for one in full(entries, "receipt")[:4]] == [
        str(cents) for cents in BONS.values()
    ]
    assert [one["points"] for one in full(entries, "lot")] == ["50", "30", "20", "10"]
    assert sorted(one["points"] for one in full(entries, "use")) == ["10", "5", "5", "50"]
    for name, partner in exports.OWN.items():
        assert {one[partner] for one in full(entries, name)} == {baker}


def test_it_tells_nothing_about_the_customers_of_others(act, street):
    """What baker gets says nothing of what happened at drinks but which of baker's own lots were spent."""
    lines = exported(act, street)
    told = json.dumps(lines)
    drinks = exported(act, street, "drinks")
    for entry in drinks[1:]:
        for part in entry["parts"]:
            for name, fields in part.items() if isinstance(part, dict) else ():
                for field in ("id", "cause", "till_id", "contract_id"):
                    assert name == "use" or not fields.get(field) or fields[field] not in told, (name, field)
    assert str(street.places["drinks"].partner_id) not in told
    assert str(street.wallets["anna"]) not in json.dumps(
        [entry for entry in lines if entry.get("sequence", 0) > 4]
    )
    assert not [member for member in street.members.values() if str(member) in told]
    assert not [card for card in street.cards.values() if card in told]


def test_partners_get_the_same_chain(act, street):
    links = [
        [link[:2] for link in published.links(map(json.dumps, exported(act, street, code)))]
        for code in ("baker", "drinks")
    ]
    assert links[0] == links[1]
    assert len(links[0]) == 8
    for code in ("baker", "drinks"):
        assert published.read(map(json.dumps, exported(act, street, code))).heads[1] == act(sealing.head)


def test_it_is_written_in_a_stream(act, street, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    assert [entry["sequence"] for entry in exported(act, street)[1:]] == list(range(1, 9))


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(0, 3, "first_sequence"), (1, 9, "last_sequence"), (5, 4, "last_sequence"), (1, 0, "last_sequence")],
)
def test_it_refuses_a_range_that_is_not_sealed(act, street, first, last, field):
    with pytest.raises(Invalid) as refused:
        exported(act, street, first=first, last=last)
    assert (refused.value.code, refused.value.field) == ("range_not_sealed", field)


def test_it_refuses_a_partner_that_is_not_there(act, street):
    with pytest.raises(Missing) as refused:
        act(lambda s: exports.export(s, street.members["anna"], 1, 2))
    assert refused.value.code == "partner_unknown"
