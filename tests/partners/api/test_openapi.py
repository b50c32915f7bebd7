"""The OpenAPI document: valid, complete, and true for whatever schemathesis sends."""

import json
import re
from contextlib import suppress
from itertools import count

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from partners.api import GROUPS
from partners.api.problem_table import TABLE
from tests.partners.api.conftest import receipt

CONTRACT = {
    ("get", "/api/v1/cards/{card}"), ("get", "/api/v1/members"), ("post", "/api/v1/members"),
    ("post", "/api/v1/purchases/preview"), ("post", "/api/v1/purchases"), ("get", "/api/v1/purchases"),
    ("get", "/api/v1/purchases/{purchase_id}"), ("post", "/api/v1/purchases/batch"),
    ("post", "/api/v1/purchases/{purchase_id}/returns"), ("get", "/api/v1/rewards"), ("post", "/api/v1/redemptions"),
    ("post", "/api/v1/redemptions/{redemption_id}/reversal"), ("get", "/api/v1/me"),
}  # fmt: skip


@pytest.fixture
def document(application) -> dict:
    answer = application.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_it_describes_every_call(document):
    found = {
        (method, path)
        for path, calls in document["paths"].items()
        for method in calls
        if method != "parameters"
    }
    assert document["openapi"].startswith("3.1")
    assert found == CONTRACT


def test_every_call_says_what_it_refuses(document):
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            if method == "parameters":
                continue
            refused = {
                status: answer
                for status, answer in call["responses"].items()
                if status.isdigit() and status >= "400"
            }
            assert {"401", "429", "500"} <= set(refused), path
            assert all(list(answer["content"]) == ["application/problem+json"] for answer in refused.values())
            assert call["summary"]


def test_it_names_no_other_host(document):
    assert "http://" not in json.dumps(document) and "https://" not in json.dumps(document)
    assert len(GROUPS) <= len(CONTRACT) and TABLE


# What can be read may still be refused: totals that do not match, receipts twice, points that are not there.
CHECKS = {
    "ignored_auth": {
        "enabled": False
    },  # it takes the key of the configuration for one it made up: see the next test
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "400", "403", "404", "409", "422", "423", "429"]
    },
}


def test_promise_14_schemathesis_finds_nothing(till, rich, phone, offer):
    """Good and bad requests out of the document itself, in process, the same ones each time."""
    wine = offer(till, "Rotwein", 100)
    bought = till.post("/purchases", receipt(rich.card, 900)).json
    spent = till.post("/redemptions", {"card": phone(rich.card), "points": 10}).json
    known = {
        "card": rich.card, "purchase_id": bought["id"], "redemption_id": spent["id"], "reward_id": str(wine),
    }  # fmt: skip
    config = SchemathesisConfig.from_dict(
        {"checks": CHECKS, "headers": {"Authorization": f"Bearer {till.key}"}}
    )
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", till.app, config=config)
    seen: set[int] = set()
    for operation in schema.get_all_operations():
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            with suppress(Unsatisfiable):  # nothing wrong can be sent to a call that takes nothing
                send(operation.ok().as_strategy(generation_mode=mode), known, seen)
    assert {200, 201, 404, 422} <= seen and not any(status >= 500 for status in seen)


def test_no_call_goes_without_a_key(application, document):
    client = application.test_client()
    for path, calls in document["paths"].items():
        for method in calls.keys() - {"parameters"}:
            address = path.replace("{card}", "2700417003829152")
            address = re.sub(r"\{\w+\}", "01920000-0000-7000-8000-000000000000", address)
            answer = client.open(address, method=method.upper(), headers={"Idempotency-Key": "k"}, json={})
            assert (answer.status_code, answer.json["code"]) == (401, "unauthorized"), path


def send(cases: SearchStrategy[Case], known: dict[str, str], seen: set[int]) -> None:
    """Fifteen requests; every other one names a card and ids that exist."""
    turns = count()

    @settings(
        max_examples=15, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases)
    def run(case: Case) -> None:
        if next(turns) % 2:
            case.path_parameters.update({name: known[name] for name in case.path_parameters})
            if isinstance(case.body, dict) and isinstance(case.body.get("card"), str):
                case.body["card"] = known["card"]
        answer = case.call()
        seen.add(answer.status_code)
        case.validate_response(answer)

    run()
