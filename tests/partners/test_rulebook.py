from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.coalition import Rulebook
from loyalty.rules.rulebook import rule_from_data
from loyalty.rules.terms import Rule
from partners import contracts, rulebook
from partners.models import EarnRule

EARLY = Rule("early", 1, "happy_hour", "Frühaufsteher", {"points": 10, "from": "06:00", "until": "09:00"})


def test_a_changed_rule_is_a_new_version(session, baker, at, new_id) -> None:
    rule = replace(EARLY, partner_id=str(baker.partner_id))
    assert rulebook.add_rule(session, rule, at, new_id).version == 1
    changed = rulebook.change_rule(session, replace(rule, params={**rule.params, "points": 5}), at, new_id)
    assert changed.version == 2
    live = [found for found in rulebook.rules_for(session, baker.partner_id) if found.code == "early"]
    assert live == [changed]
    old = session.scalars(select(EarnRule).where(EarnRule.code == "early", EarnRule.version == 1)).one()
    assert (old.params["points"], old.retired_at) == (10, at)


def test_a_retired_rule_is_in_force_no_more_and_may_come_back(session, baker, at, new_id) -> None:
    rulebook.add_rule(session, EARLY, at, new_id)
    rulebook.retire_rule(session, "early", None, at)
    assert [rule.code for rule in rulebook.rules_for(session, baker.partner_id)] == ["base"]
    with pytest.raises(Missing, match="rule_unknown"):
        rulebook.retire_rule(session, "early", None, at)
    assert rulebook.add_rule(session, EARLY, at, new_id).version == 2


def test_a_partner_may_use_a_code_the_coalition_has(session, baker, at, new_id) -> None:
    own = Rule("base", 1, "base", "2 Punkte je Euro", {"points_per_euro": 2}, str(baker.partner_id))
    assert rulebook.add_rule(session, own, at, new_id).version == 2
    with pytest.raises(Conflict, match="rule_exists"):
        rulebook.add_rule(session, own, at, new_id)
    with pytest.raises(Missing):
        rulebook.change_rule(session, replace(own, partner_id=str(new_id())), at, new_id)
    assert len(rulebook.rules_for(session, baker.partner_id)) == 2
    assert len(rulebook.rules_for(session, new_id())) == 1


def test_a_rule_that_cannot_be_computed_is_refused(session, baker, at, new_id) -> None:
    with pytest.raises(Invalid) as refused:
        rulebook.add_rule(session, replace(EARLY, params={"points": 1.5}), at, new_id)
    assert refused.value.field == "params.points"


def test_the_same_rules_are_kept_once(session, baker, at, new_id) -> None:
    rules = rulebook.rules_for(session, baker.partner_id)
    first = contracts.terms_for(session, baker.partner_id, at).rulebook_id
    assert rulebook.keep(session, rules) == first
    rulebook.set_points_per_euro(session, 3, at, new_id)
    second = contracts.terms_for(session, baker.partner_id, at).rulebook_id
    assert second != first
    assert session.scalar(select(func.count()).select_from(Rulebook)) == 2
    assert tuple(rule_from_data(data) for data in session.get(Rulebook, first).content) == rules


def test_points_per_euro_change_the_base_rule(session, baker, at, new_id) -> None:
    rulebook.set_points_per_euro(session, 3, at, new_id)
    (base,) = rulebook.rules_for(session, baker.partner_id)
    assert (base.version, base.name, base.params) == (2, "3 Punkte je Euro", {"points_per_euro": 3})
    with pytest.raises(Invalid):
        rulebook.set_points_per_euro(session, -1, at, new_id)


def test_changes_at_once_leave_one_live_version(session, baker, at, act) -> None:
    from uuid import uuid4

    rulebook.add_rule(session, EARLY, at, uuid4)
    session.commit()
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: act(lambda s: rulebook.change_rule(s, EARLY, at, uuid4)), range(8)))
    assert sorted(rule.version for rule in done) == list(range(2, 10))
    live = [rule.version for rule in rulebook.rules_for(session, baker.partner_id) if rule.code == "early"]
    assert live == [9]
