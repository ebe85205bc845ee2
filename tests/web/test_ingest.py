"""Events over HTTP: bodies, keys, origins, and what each answer says."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services.access import create_key, revoke_key
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us, to_iso
from experiments.store import engines
from experiments.store.engines import make_engine, reading, writing
from experiments.store.tables import EventRow
from web import ingest
from web.deployment import Deployment, attach
from web.ingest.keys import MAX_KEYS, KeyCache

ITEM = {"event": "Clicked", "anonymousId": "visitor-12345", "messageId": "m-1"}
SHOP = "https://shop.example"


def make_app(engine: Engine, folder: Path, **changes: Any) -> Flask:
    app = Flask("ingest")
    settings = Settings(_env_file=None, data_dir=folder, id_key="for tests", **changes)  # type: ignore[call-arg]
    attach(app, Deployment(settings, engine))
    ingest.register(app)
    return app


@pytest.fixture
def client(sqlite_engine: Engine, tmp_path: Path) -> FlaskClient:
    return make_app(sqlite_engine, tmp_path, max_body_bytes=20_000, max_batch=5).test_client()


def make_key(engine: Engine, kind: KeyKind = KeyKind.CLIENT, origins: Iterable[str] = ()) -> str:
    with writing(engine) as session:
        made = create_key(session, SYSTEM, 0, kind, f"A {kind.value} key", Environment.PRODUCTION, origins=origins)
    return made.key


@pytest.fixture
def key(sqlite_engine: Engine) -> str:
    return make_key(sqlite_engine)


def stored(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return list(session.execute(select(*EventRow.__table__.c).order_by(EventRow.seq)))


@pytest.mark.parametrize("kind", ["track", "identify", "page"])
def test_one_event_is_taken_at_its_address(client: FlaskClient, sqlite_engine: Engine, key: str, kind: str) -> None:
    answer = client.post(f"/v1/{kind}", json=ITEM | {"userId": "customer-1", "writeKey": key})
    assert (answer.status_code, answer.json) == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
    [row] = stored(sqlite_engine)
    assert row.type == ["track", "identify", "page"].index(kind) + 1
    assert abs(row.received_at - now_us()) < 60_000_000


def test_a_batch_is_answered_item_by_item(client: FlaskClient, sqlite_engine: Engine, key: str) -> None:
    batch = [ITEM | {"type": "track"}, {"type": "track", "messageId": "bad"}, ITEM | {"type": "track"}, 5]
    answer = client.post("/v1/batch", json={"batch": batch, "writeKey": key})
    assert answer.status_code == 202
    assert answer.json == {
        "accepted": 1,
        "duplicates": 1,
        "rejected": [
            {"index": 1, "messageId": "bad", "field": "event", "reason": "no_event"},
            {"index": 3, "messageId": None, "field": "", "reason": "wrong_type"},
        ],
    }
    assert len(stored(sqlite_engine)) == 1


def test_the_sending_time_of_a_batch_corrects_its_items(client: FlaskClient, sqlite_engine: Engine, key: str) -> None:
    early = to_iso(now_us() - 86_400_000_000)
    item = ITEM | {"type": "track", "timestamp": early}
    client.post("/v1/batch", json={"batch": [item], "writeKey": key, "sentAt": early})
    [row] = stored(sqlite_engine)
    assert abs(row.occurred_at - row.received_at) < 2_000


def _basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("headers", [_basic, _bearer])
@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_key_in_the_header(
    client: FlaskClient, sqlite_engine: Engine, kind: KeyKind, headers: Callable[[str], dict[str, str]]
) -> None:
    answer = client.post("/v1/track", json=ITEM, headers=headers(make_key(sqlite_engine, kind)))
    assert answer.status_code == 202


def test_a_beacon_sends_text_and_its_key_in_the_body(client: FlaskClient, key: str) -> None:
    body = json.dumps(ITEM | {"writeKey": key})
    answer = client.post("/v1/track", data=body, content_type="text/plain;charset=UTF-8", headers={"Origin": SHOP})
    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("write_key", [None, "", "pk_live_unknown", "sk_live_unknown", "x" * 5_000, "pk_live_\u00fc"])
def test_without_a_known_key_nothing_is_stored(client: FlaskClient, sqlite_engine: Engine, write_key: Any) -> None:
    answer = client.post("/v1/track", json=ITEM | {"writeKey": write_key}, headers={"Origin": SHOP})
    assert answer.status_code == 401
    assert answer.json is not None
    assert (answer.json["error"], answer.json["status"]) == ("unauthorised", 401)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert stored(sqlite_engine) == []


def test_a_revoked_key_is_refused(client: FlaskClient, sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        made = create_key(session, SYSTEM, 0, KeyKind.CLIENT, "Shop", Environment.PRODUCTION)
        revoke_key(session, SYSTEM, 1, made.info.id)
    assert client.post("/v1/track", json=ITEM | {"writeKey": made.key}).status_code == 401


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("track", b""),
        ("track", b"[]"),
        ("track", b'"x"'),
        ("track", b'{"a": nope}'),
        ("track", b'{"writeKey": 5}'),
        ("batch", b"{}"),
        ("batch", b'{"batch": {}}'),
        ("batch", b'{"batch": [], "sentAt": 5}'),
        ("batch", b'{"batch": [{"a": nope}]}'),
        ("batch", b"[" * 15_000),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(client: FlaskClient, address: str, body: bytes) -> None:
    answer = client.post(f"/v1/{address}", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json is not None
    assert (answer.json["ok"], answer.json["error"]) == (False, "bad_body")


@pytest.mark.parametrize("broken", [r'"\ud83d"', "[" * 3_000 + "]" * 3_000, '"\udcff"'])
def test_an_item_no_strict_decoder_takes_costs_its_neighbours_nothing(
    client: FlaskClient, sqlite_engine: Engine, key: str, broken: str
) -> None:
    good = json.dumps(ITEM | {"type": "track"})
    bad = good.replace('"m-1"', f'"m-2", "properties": {{"note": {broken}}}')
    body = f'{{"batch": [{bad}, {good}], "writeKey": "{key}"}}'.encode("utf-8", "surrogateescape")
    answer = client.post("/v1/batch", data=body)
    assert answer.status_code == 202
    assert answer.json is not None
    assert answer.json["accepted"] + len(answer.json["rejected"]) == 2
    assert ITEM["messageId"] not in {item["messageId"] for item in answer.json["rejected"]}


def test_bodies_have_a_limit_packed_and_unpacked(client: FlaskClient, key: str) -> None:
    large = json.dumps(ITEM | {"writeKey": key, "properties": {"note": "n" * 20_000}}).encode()
    for body, headers in ((large, {}), (gzip.compress(large, mtime=0), {"Content-Encoding": "gzip"})):
        answer = client.post("/v1/track", data=body, headers={"Origin": SHOP, **headers})
        assert answer.status_code == 413
        assert answer.json is not None
        assert answer.json["error"] == "too_large"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_packed_body_is_unpacked(client: FlaskClient, sqlite_engine: Engine, key: str) -> None:
    body = gzip.compress(json.dumps(ITEM | {"writeKey": key}).encode(), mtime=0)
    assert client.post("/v1/track", data=body, headers={"Content-Encoding": "gzip"}).status_code == 202
    assert len(stored(sqlite_engine)) == 1


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"{}", mtime=0)[:-3], gzip.compress(b"{}", mtime=0) * 2])
def test_a_packing_that_cannot_be_read_is_refused(client: FlaskClient, body: bytes) -> None:
    assert client.post("/v1/track", data=body, headers={"Content-Encoding": "gzip"}).status_code == 400


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_another_packing_is_refused_and_the_sender_told_which_is_taken(client: FlaskClient, encoding: str) -> None:
    answer = client.post("/v1/track", data=b"{}", headers={"Content-Encoding": encoding})
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip")
    assert answer.json is not None
    assert answer.json["error"] == "bad_encoding"
    assert answer.json["message"] == f"Content-Encoding == '{encoding}', must be gzip or absent."


def test_too_many_items_are_too_large(client: FlaskClient, sqlite_engine: Engine, key: str) -> None:
    answer = client.post("/v1/batch", json={"batch": [ITEM] * 6, "writeKey": key})
    assert answer.status_code == 413
    assert answer.json is not None
    assert (answer.json["error"], answer.json["field"]) == ("too_many", "batch")
    assert stored(sqlite_engine) == []


def test_an_empty_batch_is_no_error(client: FlaskClient, key: str) -> None:
    answer = client.post("/v1/batch", json={"batch": [], "writeKey": key})
    assert (answer.status_code, answer.json) == (202, {"accepted": 0, "duplicates": 0, "rejected": []})


@pytest.mark.parametrize(
    ("origins", "origin", "status", "allowed"),
    [
        ([], SHOP, 202, "*"),
        ([], "null", 202, "*"),
        ([SHOP], SHOP, 202, SHOP),
        ([SHOP], "https://SHOP.example", 202, "https://SHOP.example"),
        ([SHOP], None, 202, None),
        ([SHOP], "https://evil.example", 403, None),
        ([SHOP], "null", 403, None),
    ],
)
def test_a_client_key_works_from_its_own_pages_only(
    client: FlaskClient, sqlite_engine: Engine, origins: list[str], origin: str | None, status: int, allowed: str | None
) -> None:
    write_key = make_key(sqlite_engine, origins=origins)
    headers = {} if origin is None else {"Origin": origin}
    answer = client.post("/v1/track", json=ITEM | {"writeKey": write_key}, headers=headers)
    assert answer.status_code == status
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert answer.headers.get("Access-Control-Expose-Headers") == (None if allowed is None else "Retry-After")
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert len(stored(sqlite_engine)) == (status == 202)


def test_answers_to_a_server_key_cannot_be_read_by_a_page(client: FlaskClient, sqlite_engine: Engine) -> None:
    headers = {"Origin": SHOP, **_bearer(make_key(sqlite_engine, KeyKind.SERVER))}
    answer = client.post("/v1/track", json=ITEM, headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_preflight_is_answered(client: FlaskClient) -> None:
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    answer = client.options("/v1/batch", headers=headers)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, content-type, content-encoding"


def test_only_posts_to_the_four_addresses_are_known(client: FlaskClient) -> None:
    assert client.post("/v1/alias", json=ITEM).status_code == 404
    assert client.get("/v1/track").status_code == 405


def test_a_locked_database_asks_to_try_again(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 20)
    engine = make_engine(sqlite_url)
    body = ITEM | {"writeKey": make_key(engine)}
    client = make_app(engine, tmp_path).test_client()
    with engine.connect().execution_options(netlift_write=True) as other, other.begin():
        answer = client.post("/v1/track", json=body, headers={"Origin": SHOP})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json is not None
    assert answer.json["error"] == "unavailable"
    assert client.post("/v1/track", json=body).json == {"accepted": 1, "duplicates": 0, "rejected": []}
    engine.dispose()


def test_an_absent_database_asks_to_try_again(tmp_path: Path) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
    answer = make_app(engine, tmp_path).test_client().post("/v1/track", json=ITEM | {"writeKey": "pk_live_x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    engine.dispose()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_is_looked_up_again_after_thirty_seconds() -> None:
    clock, asked = Clock(), list[str]()
    cache = KeyCache(clock)
    for clock.now in (0.0, 29.9, 30.1, 31.0):
        assert cache.find("pk_live_x", asked.append) is None  # type: ignore[arg-type,func-returns-value]
    assert asked == ["pk_live_x"] * 2


def test_a_flood_of_unknown_keys_does_not_fill_the_memory() -> None:
    cache = KeyCache(Clock())
    for number in range(3 * MAX_KEYS):
        cache.find(f"pk_{number}", lambda _: None)
    assert len(cache._known) <= MAX_KEYS


def test_a_look_up_that_failed_is_not_remembered(key: str) -> None:
    cache = KeyCache(Clock())

    def broken(_: str) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.find(key, broken)
    asked: list[str] = []
    cache.find(key, asked.append)  # type: ignore[arg-type,func-returns-value]
    assert asked == [key]


def test_the_whole_product_takes_events_without_a_csrf_token(sqlite_engine: Engine, tmp_path: Path, key: str) -> None:
    from web.app import create_app

    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    app = create_app(settings, sqlite_engine)
    answer = app.test_client().post("/v1/track", json=ITEM | {"writeKey": key}, headers={"Origin": SHOP})
    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
