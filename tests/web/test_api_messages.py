"""Webhooks and messages over the management API."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.token import Scope
from experiments.services import access
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from tests.apps import Caller, key_for, make_app
from tests.scenes import add_person, seed

CHIEF = Actor("eve@example.org", UserRole.ADMIN)
HOOK = {"url": "https://chat.example/hook", "label": "Chat room", "topics": ["digest", "alarm"]}


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    with writing(engine) as session:
        seed(session)
        add_person(session, CHIEF, "Eve")
    return make_app(engine, tmp_path)


@pytest.fixture
def chief(app: Flask, engine: Engine) -> Caller:
    with writing(engine) as session:
        token = access.create_token(session, CHIEF, now_us(), "CI", (Scope.ADMIN,)).token
    return Caller(app.test_client(), token)


def test_the_whole_life_of_a_webhook(chief: Caller) -> None:
    made = chief.post("/webhooks", HOOK)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert made.json is not None
    assert made.json["secret"].startswith(made.json["secret_prefix"])
    assert made.json["topics"] == ["alarm", "digest"]
    listed = chief.get("/webhooks").json
    assert listed is not None
    (hook,) = listed["items"]
    assert "secret" not in hook
    assert chief.post(f"/webhooks/{hook['id']}/test").status_code == 202
    waiting = chief.get("/messages?state=waiting").json
    assert waiting is not None
    (message,) = waiting["items"]
    assert (message["receiver"], message["topic"], message["tries"]) == ("Chat room", "test", 0)
    assert chief.post(f"/messages/{message['id']}/send-again").status_code == 202
    stopped = chief.delete(f"/webhooks/{hook['id']}").json
    assert stopped is not None
    assert stopped["stopped_at"] is not None
    assert chief.post(f"/webhooks/{hook['id']}/test").status_code == 409
    assert chief.get("/messages?state=given_up").json["items"][0]["error"] == "The webhook was stopped."  # type: ignore[index]


def test_errors_name_the_field_and_others_may_not(chief: Caller, app: Flask, engine: Engine) -> None:
    refused = chief.post("/webhooks", HOOK | {"url": "ftp://chat.example"})
    assert refused.json is not None
    assert (refused.status_code, refused.json["error"], refused.json["field"]) == (422, "bad_url", "url")
    assert chief.post("/webhooks", HOOK | {"topics": ["weather"]}).status_code == 422
    assert chief.post("/webhooks/999/test").status_code == 404
    assert chief.post("/messages/999/send-again").status_code == 404
    office = Caller(app.test_client(), key_for(engine))
    assert {office.get(path).status_code for path in ("/webhooks", "/messages")} == {403}
    assert office.post("/webhooks", HOOK).status_code == 403
