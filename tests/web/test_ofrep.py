"""OFREP: what the protocol asks of a server, error by error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from experiments.services import launch
from experiments.services.ready_metrics import add_ready, missing_metrics
from experiments.services.sessions import writing
from tests.scenes import ADMIN, APPROVER, NOW, running
from tests.web.test_evaluate import SHOP, Shop

PATH = "/ofrep/v1/evaluate/flags"
REASONS = {"STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"}
WORDS = [{"key": "control", "weight": 0.5}, {"key": "entry", "weight": 0.5}]
OF_AGENTS = [
    {"metric": "sales-per-contact", "role": "goal", "effect": 0.2},
    {"metric": "handle-time-per-contact", "role": "guardrail", "margin": {"relative": 0.1}},
]
ONE_LOOK = {"weeks": 2, "looks": 1, "units_per_variant": 30}
NUMBERS = [{"key": "control", "weight": 0.5, "payload": 3}, {"key": "entry", "weight": 0.5, "payload": 5}]


@pytest.fixture
def shop(sqlite_engine: Engine, tmp_path: Path) -> Shop:
    made = Shop(sqlite_engine, tmp_path)
    with writing(sqlite_engine) as session:
        running(session, "words", variants=WORDS)
        running(session, "numbers", variants=NUMBERS)
        running(session, "paused", variants=WORDS)
        launch.pause(session, APPROVER, NOW, "paused")
        running(session, "rare", enrolment=0.000001)
        running(session, "by-customer", unit="customer", variants=WORDS)
    return made


def ask(shop: Shop, flag: str | None = None, context: Any = None, **headers: str) -> Any:
    client: FlaskClient = shop.client
    sent = {"X-API-Key": shop.page, "Origin": SHOP, **{name.replace("_", "-"): text for name, text in headers.items()}}
    body = {"context": {"targetingKey": "visitor-1"} if context is None else context}
    return client.post(PATH if flag is None else f"{PATH}/{flag}", json=body, headers=sent)


def test_a_flag_of_a_test_without_payloads_is_the_variants_key(shop: Shop) -> None:
    answer = ask(shop, "words")
    assert answer.status_code == 200
    told = answer.json
    version = shop.client.get(f"/v1/config/{shop.page}").json["version"]
    assert told == {
        "key": "words",
        "reason": "SPLIT",
        "variant": told["variant"],
        "value": told["variant"],
        "metadata": {
            "experimentKey": "words",
            "phase": 1,
            "unit": "visitor",
            "experimentReason": "SPLIT",
            "doLogExposure": True,
            "contextId": "visitor-1",
            "version": version,
            "flagSetId": "production",
        },
    }
    assert told["variant"] in ("control", "entry")


@pytest.mark.parametrize(
    ("payloads", "control", "entry", "beside"),
    [
        ((3, 5), 3, 5, None),
        ((1, 0.5), 1.0, 0.5, None),
        ((False, True), False, True, None),
        (({}, {"a": 1}), {}, {"a": 1}, None),
        ((None, {"a": 1}), "control", "entry", '{"a":1}'),  # one without payload
        ((3, "x"), "control", "entry", '"x"'),  # two types
        ((True, 1), "control", "entry", "1"),
        (([1], [2]), "control", "entry", "[2]"),  # the protocol knows no lists
        ((None, None), "control", "entry", None),
    ],
)
def test_a_flag_is_of_one_type_and_whoever_is_in_the_test_gets_a_value(
    shop: Shop, payloads: tuple[Any, Any], control: Any, entry: Any, beside: str | None
) -> None:
    variants = [
        {"key": key, "weight": 0.5, **({} if payload is None else {"payload": payload})}
        for key, payload in zip(("control", "entry"), payloads, strict=True)
    ]
    with writing(shop.engine) as session:
        running(session, "typed", variants=variants)
    seen: dict[str, Any] = {}
    for number in range(12):
        told = ask(shop, "typed", {"targetingKey": f"visitor-{number}"}).json
        seen[told["variant"]] = (told["value"], told["metadata"].get("payload"))
    assert repr(seen["control"][0]) == repr(control)
    assert (repr(seen["entry"][0]), seen["entry"][1]) == (repr(entry), beside)


def test_who_is_not_in_the_test_gets_the_default_in_the_code(shop: Shop) -> None:
    for flag, reason, why in (
        ("paused", "DISABLED", "NOT_RUNNING"),
        ("rare", "UNKNOWN", "NOT_ENROLLED"),
        ("tv-entry", "UNKNOWN", "REMOTE"),
    ):
        told = ask(shop, flag).json
        assert "value" not in told
        assert (told["variant"], told["reason"]) == ("control", reason)
        assert (told["metadata"]["experimentReason"], told["metadata"]["doLogExposure"]) == (why, False)


def test_signed_customers_are_in_tests_on_private_facts(shop: Shop) -> None:
    identity = shop.signed()
    nested = {"targetingKey": "visitor-1", "userId": "customer-1", "identity": identity}
    flat = {"targetingKey": "visitor-1", "userId": "customer-1"}
    flat |= {"identityExpiry": identity["expiry"], "identitySignature": identity["signature"]}
    for context in (nested, flat):
        assert ask(shop, "tv-entry", context).json["reason"] == "SPLIT"
    assert ask(shop, "tv-entry", {**nested, "userId": "customer-2"}).json["reason"] == "UNKNOWN"


def test_each_test_takes_the_id_of_its_own_kind(shop: Shop) -> None:
    def drawn(flag: str, **context: str) -> str | None:
        unit: str | None = ask(shop, flag, context).json["metadata"].get("contextId")
        return unit

    assert drawn("words", targetingKey="x") == "x"
    assert drawn("by-customer", targetingKey="x") == "x"
    assert drawn("words", targetingKey="v", userId="c") == "v"
    assert drawn("by-customer", targetingKey="v", userId="c") == "c"
    assert drawn("words", targetingKey="c", anonymousId="v") == "v"
    assert drawn("by-customer", targetingKey="v", anonymousId="v") is None
    assert drawn("words", targetingKey="c", userId="c") is None


def test_an_id_of_either_kind_is_enough_without_a_targeting_key(shop: Shop) -> None:
    for missing in ({}, {"targetingKey": ""}, {"targetingKey": None}):
        visitor = {flag["key"]: flag for flag in ask(shop, context={**missing, "anonymousId": "v"}).json["flags"]}
        assert visitor["words"]["metadata"]["contextId"] == "v"
        assert visitor["by-customer"]["metadata"]["experimentReason"] == "NO_UNIT"
        customer = {flag["key"]: flag for flag in ask(shop, context={**missing, "userId": "c"}).json["flags"]}
        assert customer["by-customer"]["metadata"]["contextId"] == "c"
        assert customer["words"]["metadata"]["experimentReason"] == "NO_UNIT"


@pytest.mark.parametrize("context", [{"agentId": "agent-7", "userId": "customer-1"}, {"targetingKey": "agent-7"}])
def test_agents_are_drawn_for_a_server_and_unheard_of_by_pages(shop: Shop, context: dict[str, str]) -> None:
    with writing(shop.engine) as session:
        for metric in missing_metrics(session):
            add_ready(session, ADMIN, NOW, metric.key)
        running(session, "guide", unit="agent", variants=WORDS, metrics=OF_AGENTS, plan=ONE_LOOK)
    told = ask(shop, "guide", context, X_API_Key=shop.server).json
    assert (told["reason"], told["metadata"]["unit"], told["metadata"]["contextId"]) == ("SPLIT", "agent", "agent-7")
    visitor = ask(shop, "guide", {"anonymousId": "visitor-1"}, X_API_Key=shop.server).json
    assert (visitor["metadata"]["experimentReason"], "value" in visitor) == ("NO_UNIT", False)
    assert ask(shop, "guide", context).status_code == 404, "what agents are to say is not for pages"
    assert "guide" not in {flag["key"] for flag in ask(shop, None, context).json["flags"]}


def test_bulk_holds_every_flag_and_is_not_sent_twice(shop: Shop) -> None:
    first = ask(shop)
    assert first.status_code == 200
    assert [flag["key"] for flag in first.json["flags"]] == sorted(flag["key"] for flag in first.json["flags"])
    assert len(first.json["flags"]) == 7
    assert all(flag["reason"] in REASONS and isinstance(flag["variant"], str) for flag in first.json["flags"])
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    assert "ETag" in first.headers["Access-Control-Expose-Headers"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = ask(shop, If_None_Match=known)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
        assert again.headers["Access-Control-Allow-Origin"] == SHOP


def test_the_etag_depends_on_context_and_configuration(shop: Shop) -> None:
    etag = ask(shop).headers["ETag"]
    assert ask(shop).headers["ETag"] == etag
    assert ask(shop, context={"targetingKey": "visitor-1", "plan": "sim"}).headers["ETag"] != etag
    assert ask(shop, context={"targetingKey": "visitor-2"}, If_None_Match=etag).status_code == 200
    with writing(shop.engine) as session:
        launch.pause(session, APPROVER, NOW, "words")
    assert ask(shop, If_None_Match=etag).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "PARSE_ERROR"),
        (b"{", "PARSE_ERROR"),
        (b"[]", "PARSE_ERROR"),
        (b"{}", "TARGETING_KEY_MISSING"),
        (b'{"context": null}', "TARGETING_KEY_MISSING"),
        (b'{"context": {}}', "TARGETING_KEY_MISSING"),
        (b'{"context": {"targetingKey": " "}}', "TARGETING_KEY_MISSING"),
        (b'{"context": {"anonymousId": " ", "userId": ""}}', "TARGETING_KEY_MISSING"),
        (b'{"context": []}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": 5}}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": "x", "userId": true}}', "INVALID_CONTEXT"),
        (b"[" * 200_000, "PARSE_ERROR"),
        (b" " * 1_100_000, "PARSE_ERROR"),
    ],
)
@pytest.mark.parametrize("flag", [None, "words"])
def test_errors_of_the_body_have_their_codes(shop: Shop, body: bytes, code: str, flag: str | None) -> None:
    address = PATH if flag is None else f"{PATH}/{flag}"
    headers = {"X-API-Key": shop.page, "Content-Type": "application/json"}
    answer = shop.client.post(address, data=body, headers=headers)
    assert (answer.status_code, answer.json["errorCode"], answer.json.get("key")) == (400, code, flag)
    assert answer.json["errorDetails"]


def test_an_unknown_flag_is_not_found(shop: Shop) -> None:
    answer = ask(shop, "nothing")
    assert answer.status_code == 404
    assert (answer.json["key"], answer.json["errorCode"]) == ("nothing", "FLAG_NOT_FOUND")
    assert "nothing" in answer.json["errorDetails"]


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key"])
def test_both_ways_to_send_a_key(shop: Shop, name: str) -> None:
    text = f"Bearer {shop.server}" if name == "Authorization" else shop.server
    answer = shop.client.post(PATH, json={"context": {"targetingKey": "x"}}, headers={name: text})
    assert answer.status_code == 200


def test_no_key_an_unknown_one_and_a_foreign_origin(shop: Shop) -> None:
    body = {"context": {"targetingKey": "x"}}
    none = shop.client.post(PATH, json=body)
    assert (none.status_code, none.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert ask(shop, X_API_Key="sk_live_nothing").status_code == 401
    foreign = ask(shop, Origin="https://elsewhere.example")
    assert foreign.status_code == 403
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert all("errorDetails" in answer.json for answer in (none, foreign))


def test_a_page_may_ask_from_another_origin(shop: Shop) -> None:
    asked = {"Access-Control-Request-Headers": "authorization,content-type", "Access-Control-Request-Method": "POST"}
    answer = shop.client.options(PATH, headers={"Origin": SHOP, **asked})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert allowed == "Content-Type, Authorization, X-API-Key, If-None-Match"
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert ask(shop).headers["Access-Control-Expose-Headers"] == "ETag, Retry-After"
