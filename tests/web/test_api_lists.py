"""Lists of the management API: pages that stay put, filters, order, CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.apps import Caller, key_for, make_app

START = "/families?limit=2"


@pytest.fixture
def call(sqlite_engine: Engine, tmp_path: Path) -> Caller:
    caller = Caller(make_app(sqlite_engine, tmp_path).test_client(), key_for(sqlite_engine))
    for key, name in (("b", "Beta"), ("d", "delta"), ("f", "=Zeta"), ("h", "Eta")):
        assert caller.put(f"/families/{key}", {"name": name}).status_code == 200
    return caller


def keys_of(answer: Any) -> list[str]:
    return [item["key"] for item in answer.json["items"]]


def following(call: Caller, answer: Any) -> Any:
    return call.get(answer.json["next"].removeprefix("/api/v1"))


def test_pages_hold_every_row_once_though_rows_come_and_change_between(call: Caller) -> None:
    first = call.get(START)
    assert keys_of(first) == ["b", "d"]
    for key in ("a", "c", "e"):  # before, among and after what was shown
        call.put(f"/families/{key}", {"name": key})
    second = following(call, first)
    assert (keys_of(second), keys_of(last := following(call, second)), last.json["next"]) == (["e", "f"], ["h"], None)


def test_order_search_and_a_page_that_keeps_both(call: Caller) -> None:
    assert keys_of(call.get("/families?sort=-name")) == ["h", "d", "b", "f"]
    first = call.get("/families?sort=-name&limit=1&q=TA")
    assert "sort=-name" in first.json["next"]
    assert [*keys_of(first), *keys_of(following(call, first))] == ["h", "d"]
    call.put("/products/tv", {"name": "TV", "family": "b", "tier": 1, "price": 1, "margin": 1, "months": 12})
    assert keys_of(call.get("/products?family=b&family=d")) == ["tv"]
    assert keys_of(call.get("/products?family=d")) == []


def test_a_table_for_spreadsheets_runs_no_formula(call: Caller) -> None:
    answer = call.get("/families?format=csv&limit=1")
    assert answer.mimetype == "text/csv"
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["key", "name"], ["b", "Beta"], ["d", "delta"], ["f", "'=Zeta"], ["h", "Eta"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=501", "limit"), ("sort=colour", "sort"), ("format=xml", "format"),
     ("cursor=abc", "cursor"), ("cursor=W10", "cursor"), ("sotr=name", "sotr"),
     ("cursor=WyJrZXkiLGZhbHNlLFtbMSw1XSxbMSwiYSJdXV0", "cursor")],
)  # fmt: skip
def test_what_the_address_gets_wrong_is_named(call: Caller, query: str, field: str) -> None:
    answer = call.get(f"/families?{query}")
    assert (answer.status_code, answer.json["field"]) == (404 if field == "cursor" else 422, field)


def test_a_cursor_belongs_to_its_order(call: Caller) -> None:
    cursor = call.get(START).json["next"].rsplit("cursor=", 1)[1]
    answer = call.get(f"/families?sort=name&cursor={cursor}")
    assert (answer.status_code, answer.json["error"]) == (404, "bad_cursor")


def test_journeys_plans_audiences_results_and_decisions(call: Caller) -> None:
    step = {"key": "start", "name": "Start", "match": "path", "pattern": "/tv/*"}
    journey = {"name": "TV", "steps": [step]}
    assert call.put("/journeys/tv", journey).json.items() >= {"key": "tv", **journey, "version": 1}.items()
    assert call.get("/journeys?q=/tv").json["items"] == [call.get("/journeys/tv").json]
    refused = call.put("/journeys/tv", journey | {"steps": [step | {"pattern": "tv"}]})
    assert (refused.json["field"], refused.json["value"]) == ("steps.0.pattern", "'tv'")
    assert (call.delete("/journeys/tv").status_code, call.get("/journeys/tv").status_code) == (200, 404)
    variants = [{"key": "control"}, {"key": "entry"}]
    assert call.post("/experiments", {"key": "tv-entry", "name": "TV entry", "variants": variants}).status_code == 201
    goal = {"metric": "cross-sell", "kind": "rate", "baseline": 0.032, "effect": 0.1}
    question = {"goals": [goal], "traffic_per_week": 90_000}
    sized = call.post("/plans/size", question)
    assert (sized.status_code, sized.json["binding"]) == (200, "cross-sell")
    kept = call.put("/experiments/tv-entry/plan", question).json
    assert kept["plan"]["units_per_variant"] == sized.json["joint_per_arm"] == kept["sizing"]["joint_per_arm"]
    assert call.get("/plans?binding=cross-sell").json["items"] == [call.get("/experiments/tv-entry/plan").json]
    assert call.get("/audiences").json["items"] == [call.get("/experiments/tv-entry/audience").json]
    for path in ("/results", "/decisions", "/experiments/tv-entry/snapshots"):
        assert call.get(path).json == {"items": [], "next": None}
