"""The document of the API says what a body must be, and answers keep to it where they once did not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Engine

from experiments.services.sessions import writing
from experiments.store.engines import make_engine
from tests.apps import Caller, key_for, make_app
from tests.contracts.management_fits import FITS, fitted
from tests.scenes import seed

VARIANTS = [{"key": "a"}, {"key": "b"}]
TEST = {"key": "t", "name": "T", "variants": VARIANTS}
COLUMN = {"event": "sale"}
METRIC = {"key": "m", "name": "M", "kind": "mean", "column": COLUMN}
LINE = {"metric": "cross-sell", "kind": "rate", "baseline": 0.1, "effect": 0.1}
SIZE = {"goals": [LINE], "traffic_per_week": 1000}
GOAL = {"metric": "up-sell", "agreed_by": "B", "agreed_on": "2026-01-01", "review_on": "2027-01-01", "reason": "R"}
ORDERS = {"order_id": "o", "timestamp": "t", "user_id": "u", "product": "p"}
SPEC = {"holds": "orders", "source": {"key": "s"}, "columns": ORDERS}
#: A body that fits, then parts that make it one that does not.
BODIES: tuple[tuple[str, str, dict[str, Any], tuple[dict[str, Any], ...]], ...] = (
    ("post", "/experiments", TEST, (
        {"variants": VARIANTS[:1]},
        {"metrics": [{"metric": "up-sell", "role": "guardrail"}]},
        {"metrics": [{"metric": "cross-sell", "role": "goal", "margin": {"relative": 0.1}}]},
        {"metrics": [{"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.1, "absolute": 1}}]},
        {"audience": {"rules": [{"attribute": "plan", "op": "gte", "values": ["x"]}]}},
        {"audience": {"rules": [{"attribute": "plan", "op": "exists", "values": [1]}]}},
        {"enrolment": 2**60},
    )),
    ("post", "/metrics", METRIC, (
        {"kind": "ratio"},
        {"denominator": COLUMN},
        {"column": {"event": "page", "families": ["tv"]}},
        {"column": {"event": "custom"}},
        {"column": {"event": "survey", "value": "orders"}},
        {"column": {"event": "sale", "at_least": 2}},
    )),
    ("post", "/plans/size", SIZE, (
        {"goals": [LINE | {"sd": 1}]},
        {"goals": [LINE | {"kind": "mean"}]},
        {"goals": [LINE | {"baseline": 1.5}]},
        {"goal_rule": "any", "correlation": 0.5},
        {"guardrails": [{"metric": "up-sell", "kind": "rate", "baseline": 0.1, "margin": 1.5}]},
        {"guardrails": [{"metric": "up-sell", "kind": "rate", "baseline": 0.1, "margin": 0.5, "form": "gain_share"}]},
    )),
    ("post", "/goals", GOAL | {"margin": {"relative": 0.1}}, ({"margin": None}, {"target": 3}, {"ended": True})),
    ("post", "/experiments/{key}/decide", {"choice": "keep_control"}, ({"choice": "ship"},)),
    ("post", "/privacy/export", {"customer": "c"}, ({"visitor": "v"}, {"customer": None})),
    ("post", "/keys", {"kind": "server", "label": "L"}, ({"origins": ["https://shop.example"]},)),
    ("put", "/journeys/{key}", {"name": "J", "steps": [{"name": "S", "pattern": "/tv"}]}, (
        {"steps": [{"name": "S", "pattern": "tv"}]},
        {"steps": []},
    )),
    ("put", "/imports/{key}/spec", SPEC, (
        {"source": None},
        {"holds": "customers"},
        {"columns": ORDERS | {"price": {"column": "a", "constant": 1}}},
        {"columns": ORDERS | {"odd": "x"}},
        {"columns": {name: word for name, word in ORDERS.items() if name != "user_id"}},
        {"file": {"decimal": ",", "thousands": ","}},
    )),
)  # fmt: skip


@pytest.fixture
def call(sqlite_engine: Engine, tmp_path: Path) -> Caller:
    """A client with the built-in metrics."""
    with writing(sqlite_engine) as session:
        seed(session)
    return Caller(make_app(sqlite_engine, tmp_path).test_client(), key_for(sqlite_engine))


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The OpenAPI document; it needs no database."""
    app = make_app(make_engine("sqlite://"), tmp_path_factory.mktemp("document"))
    return app.test_client().get("/api/v1/openapi.json").get_json()


@pytest.fixture(scope="module")
def checks(document: dict[str, Any]) -> Callable[[str, str], Any]:
    """A checker of the body of an operation."""

    def of(method: str, path: str) -> Any:
        body = document["paths"][f"/api/v1{path}"][method]["requestBody"]["content"]["application/json"]["schema"]
        return Draft202012Validator(body | {"components": document["components"]})

    return of


@pytest.mark.parametrize(("method", "path", "body", "parts"), BODIES)
def test_the_document_tells_a_body_that_fits_from_one_that_does_not(
    method: str, path: str, body: dict[str, Any], parts: tuple[dict[str, Any], ...], checks: Callable[[str, str], Any]
) -> None:
    check = checks(method, path)
    assert check.is_valid(body)
    for part in parts:
        assert not check.is_valid(body | part), part


def test_nothing_is_required_of_a_patch(checks: Callable[[str, str], Any]) -> None:
    check = checks("patch", "/experiments/{key}")
    assert check.is_valid({"hypothesis": None, "revision": 1})
    assert not check.is_valid({"name": None}), "what a test must have cannot be taken out"


@pytest.mark.parametrize("fit", FITS, ids=lambda fit: fit.reason[:40])
def test_every_exception_is_about_some_operation(fit: Any, document: dict[str, Any]) -> None:
    operations = [f"{method.upper()} {path}" for path, told in document["paths"].items() for method in told]
    assert any(fit.of(operation) for operation in operations)


def test_a_mended_body_still_fits_the_document(checks: Callable[[str, str], Any]) -> None:
    weights = [{"key": "same", "weight": 0.2}, {"key": "same", "weight": 0.2}]
    mended = fitted("POST /api/v1/experiments", TEST | {"variants": weights, "plan": {"looks": 9, "weeks": 3}})
    assert checks("post", "/experiments").is_valid(mended)
    assert sum(variant["weight"] for variant in mended["variants"]) == pytest.approx(1)
    assert mended["plan"]["looks"] == 3


def test_a_plan_of_numbers_too_small_to_reckon_with_is_refused(call: Caller) -> None:
    tiny = {"metric": "m", "kind": "mean", "baseline": 1, "effect": 0.1, "sd": 1e-200}
    for line in (LINE | {"baseline": 1e-210}, tiny):
        answer = call.post("/plans/size", SIZE | {"goals": [LINE | {"metric": "a"}, line]})
        assert answer.status_code == 422, answer.text


def test_what_the_state_forbids_is_a_conflict(call: Caller) -> None:
    ended = call.post("/goals", GOAL | {"ended": True})
    assert (ended.status_code, ended.get_json()["error"]) == (409, "nothing_to_end")


def test_a_version_that_is_no_number_protects_nobody_and_is_refused(call: Caller) -> None:
    learning = {"title": "T", "finding": "F"}
    made = call.post("/learnings", learning).get_json()["id"]
    assert call.put(f"/learnings/{made}?version=abc", learning).status_code == 422
    assert call.put(f"/learnings/{made}?version=1", learning).status_code == 200


def test_every_app_of_a_process_answers_one_document_and_holds_addresses_against_it(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    """The first app of a process works the document out for the others."""
    with writing(sqlite_engine) as session:
        seed(session)
    key = key_for(sqlite_engine)
    first, second = (Caller(make_app(sqlite_engine, tmp_path).test_client(), key) for _ in range(2))
    document = second.get("/openapi.json").get_json()
    assert document == first.get("/openapi.json").get_json()
    assert len(document["paths"]) > 100
    assert len({tag["name"] for tag in document["tags"]}) == len(document["tags"])
    assert second.get("/metrics").status_code == 200
    assert second.get("/metrics?nonsense=1").status_code == 422
