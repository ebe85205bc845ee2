"""The backlog in the browser: put in, completed, moved, laid on the calendar, started, brought back."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.test import TestResponse

Says = Callable[[TestResponse], str]
NUMBERS = {
    "title": "Short entry text", "goal": "cross-sell", "baseline": "3.15", "effect": "10", "value": "240",
    "guardrail": "up-sell", "guardrail_baseline": "4.2", "guardrail_margin": "8", "traffic_per_week": "90000",
    "template": "entry text",
}  # fmt: skip


def test_a_viewer_puts_an_idea_in(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/backlog"))
    assert "No idea yet" in page
    assert "New idea" not in page
    assert viewer.post("/backlog/suggest", {"title": ""}).status_code == 422
    assert viewer.post("/backlog/suggest", {"title": "Say it in the chat", "evidence": "20 a day"}).status_code == 302
    page = says(viewer.get("/backlog"))
    assert "Say it in the chat" in page
    assert "put in by staff" in page
    assert "Missing: traffic a week" in page
    assert viewer.post("/backlog/new", NUMBERS).status_code == 403
    assert "20 a day" in says(viewer.get("/backlog/1"))


def test_from_an_idea_to_a_draft_and_back(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    wrong = editor.post("/backlog/new", NUMBERS | {"effect": "a lot"})
    assert wrong.status_code == 422
    assert 'id="error-effect"' in wrong.text
    assert editor.post("/backlog/new", NUMBERS).headers["Location"] == "/backlog/1"
    page = says(editor.get("/backlog/1"))
    assert "Expected net value a week of its people" in page
    assert "The prior from past tests is off" in page
    assert "Nothing of the gross gain is assumed lost." in page
    form = editor.get("/backlog/1").text
    assert 'name="baseline" type="number" inputmode="decimal" value="3.15"' in form
    assert editor.post("/backlog/1", NUMBERS | {"value": "300", "revision": "1"}).status_code == 302
    assert editor.post("/backlog/1", NUMBERS | {"revision": "1"}).status_code == 422
    editor.post("/backlog/suggest", {"title": "Second"})
    link = "/backlog?move=2&place=1"
    assert f'href="{link.replace("&", "&amp;")}#move"' in editor.get("/backlog").text
    assert '<option value="2" selected>Second' in editor.get(link).text
    assert 'id="error-reason"' in editor.post("/backlog/move", {"move": "2", "place": "1"}).text
    assert editor.post("/backlog/move", {"move": "2", "place": "1", "reason": "Asked for"}).status_code == 302
    assert "Moved: Asked for" in says(editor.get("/backlog"))
    rows = editor.get("/backlog.csv").text.splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == ["Second", "Short entry text"]
    assert "Short entry text" in says(editor.get("/backlog/calendar"))
    draft = editor.post("/backlog/1/start")
    assert draft.headers["Location"] == "/experiments/short-entry-text"
    assert "Started" in says(editor.get("/backlog"))
    editor.post("/backlog/1/restore")
    editor.post("/backlog/1/archive")
    assert "Bring it back" in says(editor.get("/backlog/1"))


def test_seasons(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    season = {"name": "Christmas", "starts_on": "2026-12-19", "ends_on": "2027-01-03"}
    assert editor.post("/backlog/seasons", season | {"ends_on": "2026-12-01"}).status_code == 422
    assert editor.post("/backlog/seasons", season).status_code == 302
    assert "Christmas: 19 Dec 2026 to 3 Jan 2027" in says(editor.get("/backlog/calendar"))
    editor.post("/backlog/seasons/1/delete")
    assert "Christmas" not in says(editor.get("/backlog/calendar"))


def test_an_idea_from_a_learning(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    page = editor.get("/backlog/new?learning=1").text
    assert 'value="/learnings/1"' in page
    assert 'name="origin" value="learning"' in page
    assert "/backlog/new?learning=1" in editor.get("/learnings/1").text
    assert editor.get("/backlog/new?learning=999").status_code == 404


def test_the_api_takes_the_same_way(as_role: Callable) -> None:
    editor = as_role("editor")
    headers = {"X-CSRFToken": editor.token()}

    def post(path: str, document: dict[str, object]) -> TestResponse:
        return editor.client.post(f"/api/v1{path}", json=document, headers=headers)

    assert post("/ideas/suggest", {"title": "One"}).status_code == 201
    whole = {"title": "Two", "traffic_per_week": 90_000, "baseline": 0.03, "effect": 0.1, "value": 240}
    assert post("/ideas", whole).json["id"] == 2
    assert post("/ideas", whole | {"effect": -1}).json["field"] == "effect"
    ranked = editor.client.get("/api/v1/backlog").json["items"]
    assert [(one["id"], one["rank"]) for one in ranked] == [(2, 1), (1, None)]
    assert ranked[1]["why_not_valued"].startswith("Missing")
    assert post("/ideas/1/place", {"place": 1, "reason": "First"}).json["place"] == 1
    changed = editor.client.put("/api/v1/ideas/2", json=whole | {"value": 250}, headers=headers)
    assert changed.json["value"] == 250
    assert post("/seasons", {"name": "Sale", "starts_on": "2026-12-01", "ends_on": "2026-12-02"}).status_code == 201
    assert [bar["id"] for bar in editor.client.get("/api/v1/backlog/lanes").json["items"]][-1] == "2"
    assert post("/ideas/2/start", {}).json["key"] == "two"
    assert post("/ideas/1/status", {"deed": "archive"}).json["status"] == "archived"
    assert [one["status"] for one in editor.client.get("/api/v1/ideas?sort=id").json["items"]] == [
        "archived",
        "started",
    ]
    assert editor.client.delete("/api/v1/seasons/1", headers=headers).status_code == 204
