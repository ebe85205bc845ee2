"""`GET /v1/config/<key>`: who gets which config, and how it is cached."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services import access, launch
from experiments.services.sessions import writing
from netlift.compiling import compile_config
from netlift.config import parse_config
from netlift.evaluation import evaluate
from tests.apps import key_for, make_app
from tests.scenes import ADMIN, APPROVER, EDITOR, NOW, draft, running, seed

PRIVATE = {"rules": [{"attribute": "holdings", "op": "none_of", "values": ["tv-plus"]}]}


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> FlaskClient:
    with writing(engine) as session:
        seed(session)
        running(session)
        running(session, "private", audience=PRIVATE)
        draft(session, "rehearsed")
        launch.start_testing(session, EDITOR, NOW, "rehearsed")
    return make_app(engine, tmp_path).test_client()


def test_a_page_fetches_the_public_config(client: FlaskClient, engine: Engine) -> None:
    answer = client.get(f"/v1/config/{key_for(engine, KeyKind.CLIENT)}", headers={"Origin": "https://shop.example"})
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    document = json.loads(answer.data)
    assert answer.headers["ETag"] == f'"{document["version"]}"'
    assert {each["key"]: each["remote"] for each in document["experiments"]} == {"private": True, "tv-entry": False}
    assert "holdings" not in answer.text
    config = parse_config(document)
    assert evaluate(config, "tv-entry", "visitor-1").reason == "SPLIT"
    assert evaluate(config, "private", "visitor-1").reason == "REMOTE"


def test_a_page_fetches_the_same_compiled(client: FlaskClient, engine: Engine) -> None:
    key = key_for(engine, KeyKind.CLIENT)
    read = client.get(f"/v1/config/{key}")
    answer = client.get(f"/v1/pages/{key}", headers={"Origin": "https://shop.example"})
    assert answer.json == compile_config(read.json)
    assert answer.headers["ETag"] == read.headers["ETag"]
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag"
    assert "holdings" not in answer.text
    trees = {each["key"]: each["tree"] for each in answer.json["experiments"]}
    assert trees["private"] == ["REMOTE"]
    assert trees["tv-entry"][2:] == [["SPLIT", 0, True], ["SPLIT", 1, True]]


@pytest.mark.parametrize("form", ["config", "pages"])
def test_an_unchanged_config_is_not_sent_again(client: FlaskClient, engine: Engine, form: str) -> None:
    address = f"/v1/{form}/{key_for(engine, KeyKind.CLIENT)}"
    etag = client.get(address).headers["ETag"]
    same = client.get(address, headers={"If-None-Match": etag})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["ETag"] == etag
    assert same.headers["Cache-Control"] == "public, max-age=30"
    assert same.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(address, headers={"If-None-Match": f"W/{etag}"}).status_code == 304
    with writing(engine) as session:
        launch.pause(session, APPROVER, NOW, "tv-entry")
    changed = client.get(address, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


@pytest.mark.parametrize("form", ["bearer", "basic"])
def test_a_server_gets_the_complete_config(client: FlaskClient, engine: Engine, form: str) -> None:
    key = key_for(engine)
    value = f"Bearer {key}" if form == "bearer" else "Basic " + b64encode(f"{key}:".encode()).decode()
    answer = client.get("/v1/config/server", headers={"Authorization": value})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=30"
    assert "Authorization" in answer.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    config = parse_config(json.loads(answer.data))
    assert evaluate(config, "private", "visitor-1", {"holdings": ["sim-5"]}).reason == "SPLIT"
    again = {"Authorization": value, "If-None-Match": answer.headers["ETag"]}
    assert client.get("/v1/config/server", headers=again).status_code == 304


def test_the_environment_is_that_of_the_key(client: FlaskClient, engine: Engine) -> None:
    key = key_for(engine, KeyKind.CLIENT, Environment.TEST)
    document = json.loads(client.get(f"/v1/config/{key}").data)
    assert document["environment"] == "test"
    assert {each["key"]: each["status"] for each in document["experiments"]}["rehearsed"] == "testing"


@pytest.mark.parametrize("key", ["pk_live_unknown", "nonsense", "%00", "pk_%00", "server2", "%ED%A0%80"])
@pytest.mark.parametrize("form", ["config", "pages"])
def test_an_unknown_key_is_not_found_and_pages_can_read_that(client: FlaskClient, form: str, key: str) -> None:
    answer = client.get(f"/v1/{form}/{key}")
    assert (answer.status_code, answer.json and answer.json["error"]) == (404, "not_found")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("form", ["config", "pages"])
def test_a_secret_in_the_address_is_not_repeated(client: FlaskClient, engine: Engine, form: str) -> None:
    key = key_for(engine)
    answer = client.get(f"/v1/{form}/{key}")
    assert answer.status_code == 404
    assert key not in answer.text


def test_a_revoked_key_is_no_key(client: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        made = [access.create_key(session, ADMIN, NOW, kind, "K", Environment.PRODUCTION) for kind in KeyKind]
        for each in made:
            access.revoke_key(session, ADMIN, NOW, each.info.id)
    public, secret = made
    assert client.get(f"/v1/config/{public.key}").status_code == 404
    answer = client.get("/v1/config/server", headers={"Authorization": f"Bearer {secret.key}"})
    assert (answer.status_code, answer.json and answer.json["error"]) == (401, "unauthorised")


def test_the_server_config_needs_a_server_key(client: FlaskClient, engine: Engine) -> None:
    assert client.get("/v1/config/server").status_code == 401
    header = {"Authorization": f"Bearer {key_for(engine, KeyKind.CLIENT)}"}
    assert client.get("/v1/config/server", headers=header).status_code == 401


def test_a_key_with_origins_serves_their_pages_only(client: FlaskClient, engine: Engine) -> None:
    shop = "https://shop.example"
    with writing(engine) as session:
        made = access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "K", Environment.PRODUCTION, origins=[shop])
    address = f"/v1/config/{made.key}"
    own = client.get(address, headers={"Origin": shop})
    assert (own.status_code, own.headers["Access-Control-Allow-Origin"]) == (200, shop)
    assert "Origin" in own.headers["Vary"]
    assert own.headers["Access-Control-Expose-Headers"] == "ETag"
    foreign = client.get(address, headers={"Origin": "https://elsewhere.example"})
    assert (foreign.status_code, foreign.json and foreign.json["error"]) == (403, "forbidden")
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert client.get(address).status_code == 200  # a server names no origin


def test_a_browser_may_ask_first(client: FlaskClient, engine: Engine) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    answer = client.options(f"/v1/config/{key_for(engine, KeyKind.CLIENT)}", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Max-Age"] == "7200"
