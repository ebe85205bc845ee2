"""Customers who were promised different things: on the page of data quality, as CSV and over the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services import launch
from experiments.services.actor import SYSTEM
from experiments.services.insight.offer_conflicts import ConflictRow, keep
from experiments.store.engines import writing
from tests import stories
from tests.web.pages.test_builder import KEY as DRAFT
from tests.web.pages.test_builder import build

Says = Callable[[TestResponse], str]
KEY, OTHER = "between-looks", "ship"
COUNTED_AT = 1_790_000_000_000_000
FIRST, LAST = "2026-09-01T10:00:00Z", "2026-09-03T10:00:00Z"
ROW = ConflictRow("entry", "web", OTHER, "Ship", "entry", "phone", 12, 0.006, FIRST, LAST)
OWN = ConflictRow("control", "", KEY, "Between", "entry", "chat", 1, 0.0005, FIRST, LAST)


def test_the_page_the_file_and_the_api_tell_the_same(as_role: Callable, engine: Engine, says: Says) -> None:
    viewer = as_role("viewer")
    assert "Not counted yet" in says(viewer.get(f"/experiments/{KEY}/quality"))
    found = {"exposed": 2_000, "in_conflict": 13, "rows": [asdict(ROW), asdict(OWN)], "computed_at": COUNTED_AT}
    with writing(engine) as session:
        keep(session, {KEY: found, OTHER: {**found, "rows": [], "in_conflict": 0}}, COUNTED_AT)
    shown = viewer.get(f"/experiments/{KEY}/quality")
    page = says(shown)
    assert "13 of 2,000 exposed, 0.65%; counted" in page
    assert "entry web Ship : entry phone 12 0.60%" in page.replace("Ship:", "Ship :")
    assert "control channel not told entry chat 1 0.05%" in page
    assert f'href="/experiments/{OTHER}/quality"' in shown.text
    assert "No customer was shown variants that contradict" in says(viewer.get(f"/experiments/{OTHER}/quality"))
    lines = viewer.get(f"/experiments/{KEY}/offer-conflicts.csv").text.splitlines()
    assert lines[0].startswith("variant,channel,other_experiment")
    assert lines[1] == f"entry,web,ship,entry,phone,12,0.006,{FIRST},{LAST}"
    document = viewer.get(f"/api/v1/experiments/{KEY}/offer-conflicts").json
    assert document is not None
    assert (document["in_conflict"], document["share"], len(document["rows"])) == (13, 0.0065, 2)
    assert viewer.get("/api/v1/experiments/nothing/offer-conflicts").status_code == 404
    assert viewer.get("/experiments/nothing/offer-conflicts.csv").status_code == 404


DESK = {"offer": "tv-bundle", "price": 12.99}


def test_the_builder_and_the_api_name_a_clash_before_launch(as_role: Callable, engine: Engine, says: Says) -> None:
    """A draft typed in the builder promises another price than the desk, which runs; nobody launches it unawares."""
    with writing(engine) as session:
        entry = {"key": "entry", "weight": 0.5, "payload": DESK}
        variants = [{"key": "control", "weight": 0.5}, entry]
        stories.ready(session, "desk", "Offer at the desk", variants=variants)
        launch.launch(session, SYSTEM, stories.LAUNCHED, "desk")
    approver = as_role("approver")
    build(approver, variant2_payload='{"offer": "tv-bundle", "price": 9.99}', holds=None, holds_not=None)
    clash = "tv-bundle (price 9.99) here in web and app, tv-bundle (price 12.99) in Offer at the desk in web and app"
    address = f"/experiments/{DRAFT}/build/review"
    assert clash in says(approver.get(address))
    lines = approver.get(f"/api/v1/experiments/{DRAFT}/checklist").json["items"]
    line = next(each for each in lines if each["key"] == "consistent")
    assert (line["state"], clash in line["reason"]) == ("attention", True)
    refused = approver.post(address, {"action": "launch"})
    assert (refused.status_code, "The reason is empty" in says(refused)) == (422, True)
    assert "Asked in another step" not in says(refused)
    assert 'href="#field-reason"' in refused.text
    reason = "The desk stops its offer tonight."
    launched = approver.post(address, {"action": "launch", "reason": reason})
    assert launched.status_code == 302
    log = approver.get(f"/api/v1/audit?key={DRAFT}").json["items"]
    assert any(reason in each["reason"] and "One customer, one promise" in each["reason"] for each in log)
