"""The API says what the set-up page shows."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from experiments.services.clock import now_us
from tests.apps import Caller, key_for, make_app
from tests.shop_world import Shop, page, viewed


@pytest.fixture
def caller(engine: Engine, tmp_path) -> Caller:
    client: FlaskClient = make_app(engine, tmp_path).test_client()
    return Caller(client, key_for(engine))


def test_what_arrived_what_was_refused_and_who_waits(engine: Engine, caller: Caller) -> None:
    now = now_us()
    shop = Shop(engine, start=now - 86_400_000_000)
    assert caller.get("/arrivals/first-exposures").get_json()["items"][0]["waiting"] is True
    shop.send("web", [page("/tv", now, anonymousId="v"), viewed("entry", now, anonymousId="v")], now)
    shop.try_send("web", [{"type": "page"}], now)
    found = caller.get("/arrivals?minutes=5").get_json()
    assert [event["name"] or event["type"] for event in found["events"]] == ["Experiment Viewed", "page"]
    assert found["events"][0]["source"] == "web"
    assert found["refused"][0]["reason"] == "no_id"
    assert len(found["minutes"]) == 5
    assert sum(minute["accepted"] for minute in found["minutes"]) == 2
    assert len(caller.get("/arrivals?type=page").get_json()["events"]) == 1
    (test,) = caller.get("/arrivals/first-exposures").get_json()["items"]
    assert (test["experiment"], test["waiting"]) == ("entry", False)
    assert caller.get("/arrivals/hints?place=/tv").get_json().keys() == {"items", "readings"}


@pytest.mark.parametrize(
    ("query", "field"),
    [("minutes=0", "minutes"), ("minutes=x", "minutes"), ("rows=999", "rows"), ("type=alias", "type"),
     ("environment=moon", "environment")],
)  # fmt: skip
def test_bad_questions_name_field_and_bound(query: str, field: str, sqlite_engine: Engine, tmp_path) -> None:
    client = make_app(sqlite_engine, tmp_path).test_client()
    answer = Caller(client, key_for(sqlite_engine)).get(f"/arrivals?{query}")
    assert answer.status_code == 422
    assert field in str(answer.get_json())


def test_nobody_asks_without_a_key(sqlite_engine: Engine, tmp_path) -> None:
    client = make_app(sqlite_engine, tmp_path).test_client()
    for path in ("/arrivals", "/arrivals/hints", "/arrivals/first-exposures"):
        assert Caller(client, "sk_live_wrong").get(path).status_code == 401
