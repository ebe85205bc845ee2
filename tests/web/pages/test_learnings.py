"""Learnings in the browser: from the decision to a published lesson with evidence, and all effects on one page."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services import launch
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.sessions import writing

Says = Callable[[TestResponse], str]


def stop(engine: Engine, key: str) -> None:
    with writing(engine) as session:
        launch.stop(session, SYSTEM, now_us(), key, reason="Enough seen")


def test_from_a_decision_to_a_published_learning(as_role: Callable, says: Says) -> None:
    approver = as_role("approver")
    decided = {"choice": "ship:entry", "holdback": "5"}
    assert approver.post("/experiments/ship/decide", decided).status_code == 302
    library = says(approver.get("/learnings"))
    assert "cross-sell orders rose" in library
    found = approver.get("/learnings?q=cross-sell").text
    where = found.split('class="quiet-link" href="/learnings/')[1].split('"')[0]
    page = says(approver.get(f"/learnings/{where}"))
    assert "drawn towards what tests normally find" in page
    assert "are needed" in page
    assert "For" in page
    edit = {"title": "Entries work", "finding": "They do.", "template": "entry text", "version": "1"}
    assert approver.post(f"/learnings/{where}", edit).status_code == 302
    assert approver.post(f"/learnings/{where}", edit | {"title": "Else"}).status_code == 422
    assert approver.post(f"/learnings/{where}/move", {"status": "published"}).status_code == 302
    page = says(approver.get(f"/learnings/{where}"))
    assert "Entries work" in page
    assert "Published" in page
    assert "You are reading version 1" in says(approver.get(f"/learnings/{where}?version=1"))
    against = {"experiment": "decided", "stance": "against", "note": "Took from up-sell"}
    assert approver.post(f"/learnings/{where}/evidence", against).status_code == 302
    page = says(approver.get(f"/learnings/{where}"))
    assert "Test this again: it is contradicted." in page
    assert "Took from up-sell" in page
    assert "Entries work" in says(approver.get("/learnings/related?template=entry+text"))
    assert "Entries work" in approver.get("/learnings.csv").text
    approver.post(f"/learnings/{where}/evidence/remove", {"experiment": "decided"})
    assert "contradicted" not in says(approver.get(f"/learnings/{where}"))


def test_readers_read(visit: Callable, says: Says) -> None:
    viewer = visit("viewer")
    assert "Write one down" not in says(viewer.get("/learnings"))
    assert viewer.post("/learnings", {"title": "A", "finding": "B"}).status_code == 403
    assert viewer.get("/learnings/999").status_code == 404
    assert viewer.get("/learnings/99999999999999999999").status_code == 404


def test_a_learning_typed_by_hand_and_one_drafted_later(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    refused = editor.post("/learnings", {"title": "", "finding": "B"})
    assert refused.status_code == 422
    assert 'id="error-title"' in refused.text
    assert editor.post("/learnings", {"title": "Prices first", "finding": "Said by the shop."}).status_code == 302
    assert "Prices first" in says(editor.get("/learnings?q=price"))
    refused = editor.post("/learnings/draft", {"experiment": "cannibalising"})
    assert "must be stopped first" in says(editor.get(refused.headers["Location"]))
    stop(engine, "cannibalising")
    assert editor.post("/learnings/draft", {"experiment": "cannibalising"}).status_code == 302
    assert "up-sell orders fell" in says(editor.get("/learnings?q=cross-sell"))
    editor.post("/learnings/draft", {"experiment": "cannibalising"})
    assert "has a learning already" in says(editor.get("/learnings"))


def test_all_effects(as_role: Callable, engine: Engine, says: Says) -> None:
    viewer = as_role("viewer")
    stop(engine, "broken-split")
    for facet in ("journey", "template", "family"):
        page = says(viewer.get(f"/learnings/effects?by={facet}"))
        assert "The prior from past tests is off" in page
        assert "Mean of the group" in page
        assert "Ended, and not among them" in page
    rows = viewer.get("/learnings/effects.csv").text.splitlines()
    assert rows[0].startswith("experiment,title,goal,gain,se")
    assert not any(row.startswith("broken-split") for row in rows)
    assert "No past test yet" in says(viewer.get("/learnings/effects?goal=nothing"))


def test_the_builder_asks_what_past_tests_say(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    assert "/learnings/related/draft" in editor.get("/experiments/draft/build/hypothesis").text
    assert editor.get("/learnings/related/gone").status_code == 404
    assert editor.get("/learnings/related/draft").status_code == 200


def test_the_planner_says_what_past_tests_say(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/planner"))
    assert "Chance to ship before anything is known" in page
    assert "The prior from past tests is off" in page


def test_the_api_tells_and_takes_the_same(as_role: Callable, engine: Engine) -> None:
    stop(engine, "cannibalising")
    editor = as_role("editor")
    client: FlaskClient = editor.client
    headers = {"X-CSRFToken": editor.token()}
    made = client.post("/api/v1/learnings", json={"title": "A", "finding": "B"}, headers=headers)
    assert made.status_code == 201
    where = f"/api/v1/learnings/{made.json['id']}"
    changed = client.put(f"{where}?version=1", json={"title": "A2", "finding": "B"}, headers=headers)
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    stale = client.put(f"{where}?version=1", json={"title": "A3", "finding": "B"}, headers=headers)
    assert (stale.status_code, stale.json["error"]) == (409, "stale")
    moved = client.post(f"{where}/status", json={"status": "published"}, headers=headers)
    assert moved.json["status"] == "published"
    assert [one["version"] for one in client.get(f"{where}/versions").json["items"]] == [2, 1]
    assert client.get("/api/v1/learnings/search?q=a2").json["items"][0]["title"] == "A2"
    prior = client.get("/api/v1/prior?goal=cross-sell").json
    assert (prior["source"], prior["sd"]) == ("default", 0.05)
    effects = client.get("/api/v1/effects").json
    together = client.get("/api/v1/effects/together").json
    assert together["tests"] == len(effects["items"])
    assert together["shipped_net_of_a_year"]["status"] == "none"
    drafted = client.post("/api/v1/learnings/draft", json={"experiment": "cannibalising"}, headers=headers)
    assert drafted.json["evidence"][0]["experiment"] == "cannibalising"
    assert client.get("/api/v1/learnings/related?journey=none").json == {"sentence": "", "tests": [], "learnings": []}
