"""The list of experiments."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, delete
from werkzeug.test import TestResponse

from experiments.store.engines import writing
from experiments.store.tables import Base
from tests import scenes, stories

Says = Callable[[TestResponse], str]
#: Who is signed in, and the log, which only grows.
KEPT = {"app_user", "web_session", "audit", "audit_gate"}


def test_the_list_says_what_each_last_report_says(as_role: Callable, says: Says) -> None:
    page = says(as_role("viewer").get("/experiments"))
    for words in (
        "Personal entry on TV pages ship Stopped Ship it: cross-sell orders rose, both guardrails held 291,997",
        "Bundle offer in the TV shop cannibalising Running Do not ship: the gain is taken from up-sell orders",
        "Redirect to the new shop broken-split Running Do not read these results: the split is wrong",
        "Offer after support calls between-looks Running Keep running: next look on",
        "Entry for broadband customers draft Draft Not launched yet – –",
        "E-mail about a second product imported Stopped Imported",
    ):
        assert words in page
    assert "Testing 1" in page


def test_a_state_filters_and_an_empty_one_says_so(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    paused = says(viewer.get("/experiments?status=paused"))
    assert "Chat suggests a family bundle" in paused
    assert "Personal entry on TV pages" not in paused
    assert "No test is archived." in says(viewer.get("/experiments?status=archived"))


def test_an_unknown_state_is_refused_with_the_known_ones(as_role: Callable, says: Says) -> None:
    refused = as_role("viewer").get("/experiments?status=bogus")
    assert refused.status_code == 422
    assert "Status is 'bogus', must be one of draft, testing, running" in says(refused)


def test_csv_holds_the_same_rows(as_role: Callable) -> None:
    answer = as_role("viewer").get("/experiments?format=csv&status=stopped")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["key"] for row in rows] == ["imported", "ship"]
    assert rows[1]["action"] == "ship"
    assert rows[1]["units"] == "291997"


def test_a_name_cannot_become_a_formula(as_role: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        stories.ready(session, "formula", '=HYPERLINK("https://evil.example")')
    assert "'=HYPERLINK" in as_role("viewer").get("/experiments?format=csv").text


def test_only_who_may_is_offered_a_new_experiment(as_role: Callable) -> None:
    assert 'href="/experiments/build"' in as_role("editor").get("/experiments").text
    assert 'href="/experiments/build"' not in as_role("viewer").get("/experiments").text


def test_without_any_test_the_list_tells_what_to_do(as_role: Callable, says: Says, engine: Engine) -> None:
    with writing(engine) as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in KEPT:
                session.execute(delete(table))
    page = says(as_role("editor").get("/experiments"))
    assert "No experiment yet Begin with the planner" in page
    assert "Open the planner" in page


@pytest.mark.parametrize("page", ["1", "2", "99", "-3", "x"])
def test_long_lists_come_in_pages(page: str, as_role: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(25):
            stories.ready(session, f"more-{number}", f"More {number}")
    answer = as_role("viewer").get(f"/experiments?status=draft&page={page}")
    assert answer.status_code == 200
    first = page in ("1", "-3", "x")
    assert ("1 to 25 of 26" if first else "26 to 26 of 26") in answer.text
    assert bool(re.search(r'rel="next"', answer.text)) is first


def test_filters_narrow_the_list_and_stay_in_the_address(as_role: Callable, says: Says, engine: Engine) -> None:
    with writing(engine) as session:
        holding = {"rules": [{"attribute": "holdings", "op": "any_of", "values": ["tv-large"]}]}
        web = {"weeks": 4, "units_per_variant": 20_000, "net": {"channels": ["chat"]}}
        scenes.draft(session, "narrow", name="Chat offer", audience=holding, plan=web, owner="edda@example.org")
    viewer = as_role("viewer")
    for query in ("q=CHAT+OFF", "channel=chat&holds=tv&owner=edda%40example.org", "holds=tv&status=draft"):
        page = says(viewer.get(f"/experiments?{query}"))
        assert "Chat offer narrow" in page
        assert "Personal entry on TV pages ship" not in page
    answer = viewer.get("/experiments?holds=tv&channel=chat").text
    assert 'href="/experiments?status=draft&amp;channel=chat&amp;holds=tv"' in answer, "the states keep the filters"
    assert 'href="/experiments?channel=chat&amp;holds=tv&amp;format=csv"' in answer
    assert re.search(r'<option value="tv" selected>TV</option>', answer)
    rows = list(csv.DictReader(io.StringIO(viewer.get("/experiments?holds=tv&channel=chat&format=csv").text)))
    assert [(row["key"], row["channels"], row["owner"]) for row in rows] == [("narrow", "chat", "edda@example.org")]


def test_filters_that_nothing_fits_say_so_and_can_be_cleared(as_role: Callable, says: Says) -> None:
    answer = as_role("viewer").get("/experiments?journey=nowhere&status=draft")
    assert "No test fits these filters. Clear them to see all." in says(answer)
    assert re.search(r'href="/experiments\?status=draft"[^>]*>(<span>)?Clear', answer.text), "the state stays"
