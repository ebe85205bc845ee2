"""Comments, decisions, shares and stored reports over the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.services.sessions import writing
from tests import scenes
from tests.apps import Caller, key_for, make_app
from tests.stories import live


@pytest.fixture
def caller(sqlite_engine: Engine, tmp_path: Path) -> Caller:
    with writing(sqlite_engine) as session:
        scenes.seed(session)
        live(session, scenes.stopped(session), 4_000, {})
    return Caller(make_app(sqlite_engine, tmp_path).test_client(), key_for(sqlite_engine))


def test_comments(caller: Caller) -> None:
    said = caller.post("/experiments/tv-entry/comments", {"text": "Why?"})
    assert (said.status_code, said.get_json()["who"]) == (201, "key:Office")
    place = f"/experiments/tv-entry/comments/{said.get_json()['id']}"
    assert caller.put(place, {"text": "How?"}).get_json()["text"] == "How?"
    assert caller.put(place, {"text": ""}).get_json()["field"] == "comment.text"
    assert caller.delete(place).get_json()["text"] == ""
    assert caller.delete(place).status_code == 404
    (kept,) = caller.get("/experiments/tv-entry/comments").get_json()["items"]
    assert kept["deleted_at"] is not None
    assert caller.get("/experiments/absent/comments").status_code == 404


def test_a_decision_and_back(caller: Caller) -> None:
    decided = caller.post("/experiments/tv-entry/decide", {"choice": "keep_control", "reason": "Too little."})
    assert decided.get_json()["status"] == "decided"
    undone = caller.post("/experiments/tv-entry/undo-decision", {"reason": "A slip."})
    assert (undone.status_code, undone.get_json()["status"]) == (200, "stopped")
    assert caller.post("/experiments/tv-entry/undo-decision").status_code == 409
    (line,) = caller.get("/experiments/tv-entry/decisions").get_json()["items"]
    assert (line["decided"], line["undone_by"]) == ("keep_control", "key:Office")
    assert line["at"] < line["final_at"]


def test_shares(caller: Caller) -> None:
    made = caller.post("/experiments/tv-entry/shares", {"days": 3, "label": "Agency"})
    assert made.status_code == 201
    assert made.get_json()["url"].startswith("http://localhost/shared/")
    (listed,) = caller.get("/experiments/tv-entry/shares").get_json()["items"]
    assert "url" not in listed
    assert caller.delete(f"/experiments/tv-entry/shares/{listed['id']}").get_json()["revoked_at"] is not None
    assert caller.post("/experiments/tv-entry/shares", {"days": 1000}).get_json()["field"] == "days"


def test_links_lead_to_the_address_that_is_set(
    caller: Caller, sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(sqlite_engine, tmp_path)
    known = app.extensions["netlift"]
    settings = known.settings.model_copy(update={"public_url": "https://tests.example/"})
    monkeypatch.setitem(app.extensions, "netlift", type(known)(settings, sqlite_engine))
    del caller  # it made the test and its report
    key = Caller(
        app.test_client(), headers={"Authorization": f"Bearer {key_for(sqlite_engine)}", "Host": "evil.example"}
    )
    assert key.post("/experiments/tv-entry/shares").get_json()["url"].startswith("https://tests.example/shared/")


def test_stored_reports(caller: Caller) -> None:
    caller.post("/experiments/tv-entry/shares")
    kinds = [each["kind"] for each in caller.get("/experiments/tv-entry/snapshots").get_json()["items"]]
    assert sorted(kinds) == ["live", "share"]
    (shared,) = caller.get("/experiments/tv-entry/snapshots?kind=share").get_json()["items"]
    report = caller.get(f"/experiments/tv-entry/snapshots/{shared['id']}").get_json()
    assert report["experiment"]["key"] == "tv-entry"
    assert caller.get(f"/experiments/tv-entry/snapshots/{shared['id'] + 9}").status_code == 404
    assert caller.get("/experiments/tv-entry/snapshots?kind=weekly").get_json()["field"] == "kind"
