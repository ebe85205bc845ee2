"""Tokens over HTTP: as bearer on the API, and made from a session only."""

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
from tests.scenes import add_person, document, seed

ANN = Actor("ann@example.org", UserRole.APPROVER)


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    with writing(engine) as session:
        seed(session)
        add_person(session, ANN, "Ann")
    return make_app(engine, tmp_path)


def _caller(app: Flask, engine: Engine, *scopes: Scope) -> Caller:
    with writing(engine) as session:
        return Caller(app.test_client(), access.create_token(session, ANN, now_us(), "CI", scopes).token)


def test_scopes_bound_what_a_token_does(app: Flask, engine: Engine) -> None:
    reader, writer, decider = (_caller(app, engine, scope) for scope in (Scope.READ, Scope.WRITE, Scope.DECIDE))
    refused = reader.post("/experiments", document())
    assert (refused.status_code, refused.json and refused.json["error"]) == (403, "forbidden")
    assert refused.json is not None
    assert refused.json["message"] == "The scopes of this token do not include edit."
    assert writer.post("/experiments", document()).status_code == 201
    assert writer.post("/experiments/tv-entry/launch").status_code == 403
    assert decider.post("/experiments/tv-entry/launch").status_code == 200
    assert reader.get("/experiments/tv-entry").json["status"] == "running"  # type: ignore[index]
    history = reader.get("/experiments/tv-entry/history").json
    assert history is not None
    assert "ann@example.org with token “CI”" in str(history)
    assert decider.post("/keys", {"kind": "client", "label": "Shop"}).status_code == 403


def test_tokens_are_listed_and_revoked_but_never_made_by_programs(app: Flask, engine: Engine) -> None:
    caller = _caller(app, engine, Scope.WRITE)
    wanted = {"label": "More", "scopes": ["read"]}
    assert caller.post("/tokens", wanted).status_code == 403
    assert Caller(app.test_client(), key_for(engine)).post("/tokens", wanted).status_code == 403
    listed = caller.get("/tokens").json
    assert listed is not None
    (token,) = listed["items"]
    assert token["last_used_at"] is not None
    assert caller.delete(f"/tokens/{token['id']}").status_code == 200
    refused = caller.get("/tokens")
    assert (refused.status_code, refused.json and refused.json["error"]) == (401, "unauthorised")
