"""Opportunities in the browser: the map, the list, a cell with notes, and the draft it ends in."""

from __future__ import annotations

import csv
from collections.abc import Callable

from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services import experiments
from experiments.services.sessions import reading

Says = Callable[[TestResponse], str]
WHERE = {"place": "tv-pages.entry", "holds": "mobile", "family": "tv"}
CELL = "/opportunities/cell?place=tv-pages.entry&holds=mobile&family=tv"


def test_the_map_and_the_list(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/opportunities"))
    assert "TV for Mobile only at TV pages" in page
    assert "A ceiling, not a forecast" in page
    assert "potential gain" not in page.lower()
    assert "other people" in page
    assert "10% of the gap is closed: an assumption" in page
    assert "Count now" not in page
    other = says(viewer.get("/opportunities?kappa=20&family=broadband"))
    assert "20% of the gap is closed" in other
    assert "must be at least 0 and at most 30 percent" in says(viewer.get("/opportunities?kappa=31"))
    rows = viewer.get("/opportunities/list.csv?kappa=20").text.splitlines()
    assert rows[0].startswith("rank,place,pattern,holds,family,status,people")
    assert rows[1].startswith("1,TV pages,/tv*,mobile,tv,gap,")
    assert ",0.2,asked," in rows[1]
    first, *_ = csv.DictReader(rows)
    assert first["currency"] == "EUR"
    assert f"€{float(first['margin_per_sale']):,.2f}" in says(viewer.get(CELL))
    assert "asked for on this page alone, and not kept" in other


def test_a_cell_and_what_people_noted(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    page = says(editor.get(CELL))
    assert "Part of that is because different people come, with different plans. Only a test tells." in page
    bad = editor.post("/opportunities/notes", {**WHERE, "kind": "feedback", "text": "x", "link": "javascript:alert(1)"})
    assert bad.status_code == 422
    assert 'id="error-link"' in bad.text
    assert 'href="javascript' not in bad.text
    note = {**WHERE, "kind": "user_test", "text": "<b>They ask for TV</b>", "link": "https://example.org/t?a=1&b=2"}
    assert editor.post("/opportunities/notes", note).status_code == 302
    shown = editor.get(CELL).text
    assert "&lt;b&gt;They ask for TV&lt;/b&gt;" in shown
    assert 'href="https://example.org/t?a=1&amp;b=2" rel="noreferrer noopener"' in shown
    assert "1 note" in says(editor.get("/opportunities"))
    assert editor.post("/opportunities/notes/1/remove", WHERE).status_code == 302
    assert "They ask for TV" not in editor.get(CELL).text
    assert as_role("viewer").post("/opportunities/notes", note).status_code == 403
    assert editor.get(CELL.replace("mobile", "moon")).status_code == 404


def test_a_test_is_drafted(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    assert "there is no default" in says(editor.get(CELL))
    refused = editor.post("/opportunities/draft", {**WHERE, "name": "TV for mobile"})
    assert refused.status_code == 422
    assert 'id="error-margin"' in refused.text
    sized = says(editor.get(CELL + "&margin=12&margin_form=relative"))
    assert "weeks of enrolment" in sized
    made = editor.post(
        "/opportunities/draft", {**WHERE, "name": "TV for mobile", "margin": "12", "margin_form": "relative"}
    )
    assert made.headers["Location"] == "/experiments/tv-for-mobile"
    with reading(engine) as session:
        draft = experiments.by_key(session, "tv-for-mobile")
    assert draft.missing_for_launch() == ()
    assert draft.phase.audience.remote
    assert editor.get("/experiments/tv-for-mobile").status_code == 200
    put = editor.post("/opportunities/idea", WHERE)
    idea = editor.get(put.headers["Location"]).text
    assert "Only a test tells." in idea
    assert "Mobile only" in idea
    assert as_role("viewer").post("/opportunities/draft", {**WHERE, "name": "x"}).status_code == 403


KAPPA = {"value": "20", "low": "5", "high": "30", "reason": "Our first tests closed more"}


def test_another_assumption_is_kept_and_used_everywhere(as_role: Callable, says: Says) -> None:
    editor, approver = as_role("editor"), as_role("approver")
    assert "Keep the assumption" not in says(editor.get("/opportunities"))
    assert editor.post("/opportunities/kappa", KAPPA).status_code == 403
    refused = approver.post("/opportunities/kappa", KAPPA | {"low": "25"})
    assert refused.status_code == 422
    assert 'id="error-low"' in refused.text
    assert 'value="25"' in refused.text
    assert approver.post("/opportunities/kappa", KAPPA | {"value": "", "high": "x"}).status_code == 422
    assert approver.post("/opportunities/kappa", KAPPA).location == "/opportunities#kappa"
    assert "20% of the gap is closed: an assumption" in says(editor.get("/opportunities"))
    assert "20% of the shrunk gap" in says(editor.get(CELL))
    assert ",0.2,assumption," in editor.get("/opportunities/list.csv").text


def test_an_idea_of_an_opportunity_says_that_its_gap_is_what_it_is_valued_by(as_role: Callable, says: Says) -> None:
    editor, approver = as_role("editor"), as_role("approver")
    place = editor.post("/opportunities/idea", WHERE).location
    page = says(editor.get(place))
    assert "instead of the mean of past tests: closing its whole gap would bring" in page
    assert "10% of the gap is closed: an assumption" in page
    assert "its gap times what tests close" in says(editor.get("/backlog"))
    approver.post("/opportunities/kappa", KAPPA)
    assert "20% of the gap is closed: an assumption" in says(editor.get(place))
