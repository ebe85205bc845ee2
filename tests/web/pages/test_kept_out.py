"""Why units were kept out: told with a batch of events, shown on the results page, as CSV and over the API."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services.access import all_keys
from experiments.store.engines import reading

Says = Callable[[TestResponse], str]
KEY = "between-looks"


def test_counts_of_sdks_arrive_with_their_events(as_role: Callable, engine: Engine, says: Says) -> None:
    admin = as_role("admin")
    before = admin.get(f"/experiments/{KEY}/quality")
    assert "Who was kept out" not in says(before)
    with reading(engine) as session:
        key = next(item.public_key for item in all_keys(session) if item.label == "Web shop")
    told = {KEY: {"SPLIT": 900, "NO_CONFIG": 100}, "nothing": {"SPLIT": 1}}
    body = {"batch": [], "writeKey": key, "evaluations": told}
    assert admin.client.post("/v1/batch", json=body).status_code == 202
    page = says(admin.get(f"/experiments/{KEY}/quality"))
    assert "Who was kept out" in page
    assert "In the test 900 90.0%" in page
    assert "No config in time 100 10.0%" in page
    lines = admin.get(f"/experiments/{KEY}/kept-out.csv").text.splitlines()
    assert lines[0] == "day,counted,phase,reason,count"
    assert [line.split(",", 1)[1] for line in lines[1:]] == ["evaluations,,NO_CONFIG,100", "evaluations,,SPLIT,900"]
    document = admin.get(f"/api/v1/experiments/{KEY}/evaluations").json
    assert document is not None
    assert [(item["reason"], item["count"]) for item in document["evaluations"]] == [("SPLIT", 900), ("NO_CONFIG", 100)]
    assert document["units"] == []
    assert admin.get("/experiments/nothing/kept-out.csv").status_code == 404
    assert admin.get("/api/v1/experiments/nothing/evaluations").status_code == 404
