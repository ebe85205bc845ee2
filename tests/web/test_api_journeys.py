"""Journeys over the API: saved, looked at, counted, put away."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from experiments.services.insight.counting import count_all
from tests.apps import Caller, key_for, make_app
from tests.insight_world import NOW, random_world

STEPS = [{"name": "TV", "pattern": "/tv*"}, {"name": "Order", "match": "event", "pattern": "Order Completed"}]


def test_everything_a_page_can_do(sqlite_engine: Engine, tmp_path: Path) -> None:
    engine = sqlite_engine
    random_world(engine)
    api = Caller(make_app(engine, tmp_path).test_client(), key_for(engine))
    assert api.get("/count").json["state"] == "never"
    document = {"key": "tv", "name": "TV", "steps": STEPS, "families": ["tv"]}
    assert api.post("/journey-preview", document).json["steps"][0]["reached"] > 0
    saved = api.put("/journeys/tv", document).json
    assert (saved["version"], saved["steps"][0]["key"], saved["window_days"]) == (1, "step-1", 14)
    assert api.get("/journeys/tv/funnel").status_code == 404
    assert api.get("/count").json["state"] == "asked"
    count_all(engine, NOW)
    funnel = api.get("/journeys/tv/funnel").json
    assert funnel["all"]["steps"][0]["units"] > funnel["all"]["steps"][1]["units"] > 0
    assert sum(row["steps"][0]["units"] for row in funnel["segments"]) == funnel["all"]["steps"][0]["units"]
    assert funnel["orders"]["lines"] == 1.0
    assert api.post("/count").status_code == 202
    assert api.post("/journeys/tv/archive").json["archived"]
    assert not api.post("/journeys/tv/restore").json["archived"]
    assert [one["version"] for one in api.get("/journeys/tv/versions").json["items"]] == [3, 2, 1]
    refused = api.put("/journeys/tv", document | {"families": ["tee-vee"]})
    assert (refused.status_code, refused.json["field"]) == (422, "families")
    assert api.get("/journeys").json["items"][0]["key"] == "tv"
