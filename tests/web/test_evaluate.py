"""`POST /v1/evaluate/<key>`: who may ask, how, and what comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.identity import sign
from experiments.domain.key import KeyKind
from experiments.services import access, ingest, project
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from netlift.config import parse_config
from netlift.evaluation import evaluate
from tests.scenes import ADMIN, NOW, running, seed
from web.app import create_app

SHOP = "https://shop.example"
AUDIENCE = {"policy": {"not_with_open_issue": True}}
WHO = {"anonymousId": "visitor-1", "userId": "customer-1"}


class Shop:
    """A server with a test on private facts, keys of both kinds and an identity secret."""

    def __init__(self, engine: Engine, folder: Path, **changes: Any) -> None:
        settings = Settings(_env_file=None, data_dir=folder, id_key="for tests", **changes)  # type: ignore[call-arg]
        self.engine = engine
        app = create_app(settings, engine)
        app.testing = True
        self.client: FlaskClient = app.test_client()
        with writing(engine) as session:
            seed(session)
            running(session, audience=AUDIENCE)
            running(session, "public")
            place = access.vault(settings.session_secret())
            self.secret = access.create_identity_secret(session, ADMIN, NOW, Environment.PRODUCTION, place).secret
            self.page = self._key(session, KeyKind.CLIENT, [SHOP])
            self.server = self._key(session, KeyKind.SERVER, [])

    def _key(self, session: Any, kind: KeyKind, origins: list[str]) -> str:
        made = access.create_key(session, ADMIN, NOW, kind, f"A {kind}", Environment.PRODUCTION, origins=origins)
        return made.key

    def signed(self, user_id: str = "customer-1", life: int = 600) -> dict[str, Any]:
        """What the shop's own server writes into its page."""
        expiry = now_us() // 1_000_000 + life
        return {"expiry": expiry, "signature": sign(user_id, expiry, self.secret.encode())}

    def ask(self, body: Any, key: str | None = None, **more: Any) -> Any:
        """Ask as the page does: text/plain, so that no preflight is needed."""
        options = {"content_type": "text/plain", "headers": {"Origin": SHOP}, **more}
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.client.post(f"/v1/evaluate/{key or self.page}", data=data, **options)


@pytest.fixture
def shop(sqlite_engine: Engine, tmp_path: Path) -> Shop:
    return Shop(sqlite_engine, tmp_path)


def test_a_signed_customer_gets_the_answer_the_sdk_would_draw(shop: Shop) -> None:
    answer = shop.ask({**WHO, "identity": shop.signed()})
    assert answer.status_code == 200
    assert (answer.headers["Cache-Control"], answer.headers["Access-Control-Allow-Origin"]) == ("no-store", SHOP)
    config = shop.client.get(f"/v1/config/{shop.page}").json
    assert (answer.json["v"], answer.json["version"]) == (1, config["version"])
    [[key, told]] = answer.json["experiments"].items()
    server = shop.client.get("/v1/config/server", headers={"Authorization": f"Bearer {shop.server}"}).json
    drawn = evaluate(parse_config(server), "tv-entry", "visitor-1", {"offer_allowed": True})
    assert key == "tv-entry"
    assert told == {
        "phase": 1,
        "variant": drawn.variant,
        "payload": drawn.payload,
        "reason": "SPLIT",
        "exposure": True,
        "configVersion": config["version"],
    }


@pytest.mark.parametrize(
    "identity",
    [None, {}, {"expiry": 1, "signature": "0" * 64}, {"expiry": "soon", "signature": 5}],
)
def test_an_unsigned_customer_is_told_nothing(shop: Shop, identity: Any) -> None:
    told = shop.ask({**WHO, "identity": identity}).json["experiments"]["tv-entry"]
    assert (told["reason"], told["variant"], told["exposure"]) == ("REMOTE", "control", False)


def test_a_signature_for_somebody_else_is_none(shop: Shop) -> None:
    told = shop.ask({**WHO, "identity": shop.signed("customer-2")}).json["experiments"]["tv-entry"]
    assert told["reason"] == "REMOTE"


@pytest.mark.parametrize("address", ["in the address", "server"])
def test_a_server_key_is_believed(shop: Shop, address: str) -> None:
    headers = {"Authorization": f"Bearer {shop.server}"} if address == "server" else {}
    answer = shop.ask(WHO, shop.server if address != "server" else address, headers=headers)
    assert answer.json["experiments"]["tv-entry"]["reason"] == "SPLIT"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_secret_that_is_retired_signs_no_longer_and_two_may_be_in_use(shop: Shop) -> None:
    place = access.vault(shop.client.application.extensions["netlift"].settings.session_secret())
    with writing(shop.engine) as session:
        [old] = access.all_identity_secrets(session)
        new = access.create_identity_secret(session, ADMIN, NOW, Environment.PRODUCTION, place)
    expiry = now_us() // 1_000_000 + 600
    renewed = {"expiry": expiry, "signature": sign("customer-1", expiry, new.secret.encode())}
    for identity in (shop.signed(), renewed):
        assert shop.ask({**WHO, "identity": identity}).json["experiments"]["tv-entry"]["reason"] == "SPLIT"
    with writing(shop.engine) as session:
        access.retire_identity_secret(session, ADMIN, NOW, old.id)
    gone = shop.ask({**WHO, "identity": shop.signed()}).json["experiments"]["tv-entry"]
    assert gone["reason"] == "REMOTE"


def test_what_came_later_is_told_as_suppressed(shop: Shop) -> None:
    first = shop.ask({**WHO, "identity": shop.signed()}).json["experiments"]["tv-entry"]
    with writing(shop.engine) as session:
        key = access.find_key(session, shop.server)
    assert key is not None
    contact = {"type": "track", "event": "Contact Handled", "userId": "customer-1", "properties": {"severity": "high"}}
    now = now_us()
    ingest.accept(shop.engine, ingest.source_of(key), [contact], id_key=b"for tests", now=now, limits=ingest.Limits())
    project.run_all(shop.engine, now)
    later = shop.ask({**WHO, "identity": shop.signed()}).json["experiments"]["tv-entry"]
    assert later == {**first, "variant": "control", "payload": None, "assigned": first["variant"]}


def test_named_tests_are_answered_whether_remote_or_not(shop: Shop) -> None:
    answer = shop.ask({**WHO, "experiments": ["public", "nothing"]})
    told = answer.json["experiments"]
    assert (told["public"]["reason"], told["nothing"]["reason"]) == ("SPLIT", "UNKNOWN")
    assert told["nothing"]["variant"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", None),
        ("[]", None),
        ('"x"', None),
        ({"anonymousId": 5}, "anonymousId"),
        ({"userId": ["x"]}, "userId"),
        ({"identity": "x"}, "identity"),
        ({"attributes": []}, "attributes"),
        ({"experiments": "tv-entry"}, "experiments"),
        ({"experiments": [1]}, "experiments"),
        ("[" * 100_000, None),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_name(shop: Shop, body: Any, field: str | None) -> None:
    answer = shop.ask(body)
    assert (answer.status_code, answer.json["error"], answer.json["field"]) == (400, "bad_body", field)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP


def test_nobody_is_a_question_too(shop: Shop) -> None:
    assert shop.ask("").json["experiments"]["tv-entry"]["reason"] == "NO_UNIT"


def test_unknown_keys_and_foreign_origins_are_refused(shop: Shop) -> None:
    unknown = shop.ask(WHO, "pk_live_nothing")
    assert (unknown.status_code, unknown.headers["Access-Control-Allow-Origin"]) == (401, "*")
    foreign = shop.ask(WHO, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert shop.client.get(f"/v1/evaluate/{shop.page}").status_code == 405


def test_a_preflight_is_answered(shop: Shop) -> None:
    answer = shop.client.options(f"/v1/evaluate/{shop.page}", headers={"Origin": SHOP})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_database_that_cannot_answer_is_no_answer(shop: Shop) -> None:
    flags = {"json": {"context": {"targetingKey": "v"}}, "headers": {"X-API-Key": shop.page, "Origin": SHOP}}
    for table in ("evaluation_count", "eligibility", "contact_fact", "api_key"):
        with shop.engine.begin() as connection:
            connection.exec_driver_sql(f"drop table {table}")
        told = shop.ask({**WHO, "identity": shop.signed()})
        if table == "evaluation_count":  # what could not be counted was not frozen either
            assert told.json["experiments"]["tv-entry"]["reason"] == "REMOTE"
            continue
        assert (told.status_code, told.json["error"], told.headers["Retry-After"]) == (503, "unavailable", "5")
    ofrep = shop.client.post("/ofrep/v1/evaluate/flags", **flags)
    assert (ofrep.status_code, ofrep.headers["Retry-After"]) == (503, "5")
    assert ofrep.json["errorDetails"]


def test_too_many_evaluations_wait(sqlite_engine: Engine, tmp_path: Path) -> None:
    shop = Shop(sqlite_engine, tmp_path, evaluations_per_minute=2)
    flags = {"json": {"context": {"targetingKey": "v"}}, "headers": {"X-API-Key": shop.page, "Origin": SHOP}}
    assert shop.ask(WHO).status_code == 200
    assert shop.client.post("/ofrep/v1/evaluate/flags", **flags).status_code == 200
    refused = shop.ask(WHO)
    assert (refused.status_code, refused.json["error"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    ofrep = shop.client.post("/ofrep/v1/evaluate/flags", **flags)
    assert ofrep.status_code == 429
    assert 1 <= int(ofrep.headers["Retry-After"]) <= 61
    disguised = {"Origin": SHOP, "Authorization": "Bearer sk_live_other", "X-API-Key": "x"}
    assert shop.ask(WHO, headers=disguised).status_code == 429
    assert shop.ask(WHO, shop.server).status_code == 200
    in_header = {"Authorization": f"Bearer {shop.server}"}
    assert shop.ask(WHO, "server", headers=in_header).status_code == 200
    assert shop.ask(WHO, "server", headers=in_header).status_code == 429
    assert shop.client.options(f"/v1/evaluate/{shop.page}", headers={"Origin": SHOP}).status_code == 200
