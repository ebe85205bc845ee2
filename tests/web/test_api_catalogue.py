"""The management API for metrics, products, layers and keys, and the document that describes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.domain.product import Family, Product
from experiments.services import access, catalogue, describe
from experiments.services.default_metrics import default_metrics
from experiments.services.metric_documents import describe_metric
from experiments.services.sessions import reading, writing
from tests.apps import Caller, key_for, make_app
from tests.scenes import ADMIN, EDITOR, NOW, seed
from web import auth

PASSWORD = "a long enough password"


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    with writing(engine) as session:
        seed(session)
    return make_app(engine, tmp_path)


@pytest.fixture
def call(app: Flask, engine: Engine) -> Caller:
    return Caller(app.test_client(), key_for(engine))


@pytest.fixture
def admin(app: Flask, engine: Engine) -> Caller:
    """A signed-in administrator, known to the API by the CSRF token."""
    app.add_url_rule("/enter", "enter", lambda: str(auth.sign_in("boss@example.org", PASSWORD)))
    hashed = access.hash_password(PASSWORD)
    with writing(engine) as session:
        access.create_user(
            session, ADMIN, NOW, email="boss@example.org", name="B", password=hashed, role=UserRole.ADMIN
        )
    app.add_url_rule("/token", "token", generate_csrf)
    client = app.test_client()
    client.get("/enter")
    return Caller(client, headers={"X-CSRFToken": client.get("/token").text})


def test_metrics(call: Caller) -> None:
    expected = sorted((describe_metric(metric) for metric in default_metrics()), key=lambda each: each["key"])
    assert call.get("/metrics").json == {"items": expected, "next": None}
    shown = call.get("/metrics/digital-share").json
    assert shown == next(each for each in expected if each["key"] == "digital-share")
    saved = call.post("/metrics", shown | {"window_days": 14})
    assert (saved.status_code, saved.json) == (200, shown | {"window_days": 14, "version": 2})
    assert call.get("/metrics/digital-share").json["version"] == 2
    refused = call.post("/metrics", shown | {"kind": "mean"})
    assert (refused.status_code, refused.json["field"]) == (422, "denominator")
    assert call.get("/metrics/absent").status_code == 404


def test_versions_ready_metrics_and_previews(call: Caller) -> None:
    shown = call.get("/metrics/revenue").json
    call.post("/metrics", shown | {"window_days": 14})
    assert [each["window_days"] for each in call.get("/metrics/revenue/versions").json["items"]] == [14, 28]
    assert call.get("/metrics/absent/versions").status_code == 404
    ready = [each["key"] for each in call.get("/ready-metrics").json["items"]]
    assert set(ready) == {
        "answers-per-contact",
        "cross-sell-per-contact",
        "handle-time-per-contact",
        "hit-rate",
        "leads",
        "leads-per-chat",
        "net-promoter-score",
        "order-lines",
        "referral",
        "repeat-purchase",
        "sales-per-contact",
        "up-sell-per-contact",
    }
    assert (call.post("/ready-metrics/referral", {}).status_code, call.get("/metrics/referral").status_code) == (
        201,
        200,
    )
    assert call.post("/ready-metrics/referral", {}).status_code == 409
    seen = call.post("/metric-preview", shown)
    assert (seen.status_code, seen.json["units"], seen.json["mean"], len(seen.json["by_day"])) == (200, 0, None, 28)
    refused = call.post("/metric-preview", shown | {"window_days": 0})
    assert (refused.status_code, refused.json["field"]) == (422, "window_days")


def test_goals(call: Caller) -> None:
    goal = {"metric": "up-sell", "margin": {"relative": 0.05}, "agreed_by": "Ada", "agreed_on": "2025-01-15",
            "review_on": "2025-07-15", "reason": "Agreed"}  # fmt: skip
    made = call.post("/goals", goal)
    assert (made.status_code, made.json["overdue"]) == (201, True)
    assert made.json | goal == made.json
    assert call.get("/goals").json == {"items": [made.json], "next": None}
    assert call.get("/goals/up-sell/history").json["items"] == [made.json]
    assert call.get("/goals/cross-sell/history").json["items"] == []
    for change, field in (({"agent": "Bo"}, "agent"), ({"target": 1}, "guardrails"), ({"reason": ""}, "reason")):
        refused = call.post("/goals", goal | change)
        assert (refused.status_code, refused.json["field"]) == (422, field)


def test_products(call: Caller, engine: Engine) -> None:
    product = Product("sim-5", "SIM", "mobile", 1, 1500, 600, 24, multiple=True)
    with writing(engine) as session:
        catalogue.save_family(session, EDITOR, NOW, Family("mobile", "Mobile"))
        catalogue.save_product(session, EDITOR, NOW, product)
    assert call.get("/products").json == {"items": [describe.product(product)], "next": None}
    assert call.get("/products").json["items"][0]["value"] == 14_400


def test_layers(call: Caller) -> None:
    made = call.post("/layers", {"key": "web", "name": "Web"})
    assert (made.status_code, made.json) == (201, {"key": "web", "name": "Web", "holdout": 0.0})
    listed = call.get("/layers").json["items"]
    assert [layer["key"] for layer in listed] == ["tv-pages", "web"]
    assert all("salt" not in layer for layer in listed)
    for body, status, field in (
        ({"key": "web", "name": "Web"}, 409, "key"),
        ({"key": "app", "name": "App", "holdout": 0.9}, 422, "holdout"),
        ({"key": "app"}, 422, "name"),
    ):
        answer = call.post("/layers", body)
        assert (answer.status_code, answer.json["field"]) == (status, field)


def test_a_server_key_lists_keys_and_makes_none(call: Caller, engine: Engine) -> None:
    client = key_for(engine, KeyKind.CLIENT, Environment.TEST)
    with reading(engine) as session:
        expected = [describe.key(key) for key in access.all_keys(session)]
    listed = call.get("/keys")
    assert listed.json == {"items": expected, "next": None}
    assert client in listed.text
    assert listed.headers["Cache-Control"] == "no-store"
    assert call.post("/keys", {"kind": "server", "label": "More"}).status_code == 403
    assert call.delete(f"/keys/{expected[0]['id']}").status_code == 403


def test_an_administrator_makes_and_revokes_keys(admin: Caller, engine: Engine) -> None:
    wanted = {"kind": "client", "label": "Web shop", "origins": ["https://shop.example"], "environment": "test"}
    made = admin.post("/keys", wanted)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert made.json | wanted == made.json
    secret = admin.post("/keys", {"kind": "server", "label": "Office"}).json
    assert secret["secret"].startswith("sk_live_")
    assert secret["public_key"] is None
    assert secret["secret"] not in admin.get("/keys").text
    with reading(engine) as session:
        assert access.find_key(session, secret["secret"]) is not None
    assert admin.delete(f"/keys/{secret['id']}").json["revoked_at"] is not None
    with reading(engine) as session:
        assert access.find_key(session, secret["secret"]) is None
    for body, field in (
        ({"kind": "client", "label": " "}, "label"),
        ({"kind": "client", "label": "A", "origins": ["shop"]}, "origins"),
        ({"kind": "client", "label": "A", "origins": "https://shop.example"}, "origins"),
        ({"kind": "both", "label": "A"}, "kind"),
    ):
        refused = admin.post("/keys", body)
        assert (refused.status_code, refused.json["field"]) == (422, field)
    assert admin.delete("/keys/999999").status_code == 404
    assert admin.delete("/keys/99999999999999999999999").status_code == 404


def test_an_administrator_makes_and_retires_identity_secrets(admin: Caller, call: Caller) -> None:
    made = admin.post("/identity-secrets", {"environment": "test"})
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert made.json["secret"].startswith(made.json["prefix"])
    assert made.json["secret"] not in call.get("/identity-secrets").text
    assert admin.post("/identity-secrets").json["environment"] == "production"
    admin.post("/identity-secrets", {"environment": "test"})
    third = admin.post("/identity-secrets", {"environment": "test"})
    assert (third.status_code, third.json["error"], third.json["field"]) == (409, "too_many", "environment")
    address = f"/identity-secrets/{made.json['id']}"
    assert call.delete(address).status_code == 403
    retired = admin.delete(address).json["retired_at"]
    assert retired is not None
    assert admin.delete(address).json["retired_at"] == retired
    assert admin.delete("/identity-secrets/999999").status_code == 404
    assert admin.post("/identity-secrets", {"environment": "moon"}).status_code == 422
    assert call.post("/identity-secrets", {}).status_code == 403


def test_nobody_gets_in_without_a_key(app: Flask) -> None:
    client = app.test_client()
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api-")]
    managed = [rule for rule in rules if rule.rule.startswith("/api/v1/") and not rule.endpoint.startswith("api-docs")]
    assert len(managed) > 20
    for rule in managed:
        path = re.sub(r"<int[^>]*>", "1", rule.rule.replace("<key>", "a"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method, json={} if method != "GET" else None)
            assert (answer.status_code, answer.json and answer.json["error"]) == (401, "unauthorised"), path


def test_the_document(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document is not None
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    assert set(paths["/api/v1/experiments"]) >= {"get", "post"}
    assert set(paths["/api/v1/experiments/{key}"]) >= {"get", "put"}
    for action in ("launch", "pause", "resume", "stop", "decide", "phases", "enrolment", "roll-out", "report"):
        assert f"/api/v1/experiments/{{key}}/{action}" in paths
    created = paths["/api/v1/experiments"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert created == {"$ref": "#/components/schemas/DefinitionRequest"}
    definition = document["components"]["schemas"]["DefinitionRequest"]
    assert set(definition["required"]) == {"key", "name", "variants"}
    assert set(document["components"]["schemas"]["Error"]["properties"]) == {
        "ok",
        "error",
        "message",
        "field",
        "value",
        "bound",
        "status",
    }
    assert set(document["components"]["securitySchemes"]) == {"personalToken", "serverKey", "session"}
    for path, operations in paths.items():
        for method in set(operations) & {"get", "post", "put", "delete"}:
            assert operations[method].get("summary"), f"{method} {path} says not what it does"
