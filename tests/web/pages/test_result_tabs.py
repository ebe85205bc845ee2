"""The further tabs: effects over time, data quality, the plan and what changed since, the log and the conversation."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services import launch
from experiments.services.clock import DAY, now_us
from experiments.services.experiments import by_key
from experiments.services.stored_reports import stored_reports
from experiments.store.catalogue import snapshots
from experiments.store.engines import reading, writing
from tests import stories
from tests.scenes import APPROVER
from web.pages.differences import differences
from web.pages.linked_text import linked_text

Says = Callable[[TestResponse], str]
TABS = ("over-time", "quality", "plan", "log")


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_has_an_address_and_knows_it(tab: str, visit: Callable) -> None:
    page = visit("viewer").get(f"/experiments/after-a-look/{tab}").text
    assert re.search(rf'href="/experiments/after-a-look/{tab}" aria-current="page"', page)
    assert f"&amp;tab={tab}" in page or f"&tab={tab}" in page


@pytest.mark.parametrize("tab", TABS)
def test_a_draft_has_no_tabs_and_shows_itself(tab: str, visit: Callable, says: Says) -> None:
    assert "Missing before launch" in says(visit("viewer").get(f"/experiments/draft/{tab}"))


def test_effects_over_time_are_those_of_the_looks(visit: Callable, says: Says, shared_app) -> None:
    with reading(shared_app.extensions["netlift"].engine) as session:
        looks = stored_reports(session, "ship").looks
    viewer = visit("viewer")
    page = viewer.get("/experiments/ship/over-time")
    assert page.text.count('class="chart"') == 3
    assert "repeated 95% intervals" in page.text
    assert "No day has closed yet" in says(page)
    lines = list(csv.DictReader(io.StringIO(viewer.get("/experiments/ship/over-time.csv").text)))
    goal = [line for line in lines if line["metric"] == "cross-sell"]
    wanted = [next(row for row in look.metrics if row.metric == "cross-sell") for look in looks]
    assert [float(line["point"]) for line in goal] == [row.relative.point for row in wanted]
    assert [float(line["critical"]) for line in goal] == [row.critical for row in wanted]
    assert [line["look"] for line in goal] == ["1", "2", "3"]
    assert {line["role"] for line in lines} == {"goal", "guardrail"}


def test_without_a_band_that_may_be_read_there_is_no_chart(as_role: Callable, says: Says) -> None:
    imported = as_role("viewer").get("/experiments/imported/over-time")
    assert "No effect over time. These results were brought from elsewhere" in says(imported)
    early = as_role("viewer").get("/experiments/between-looks/over-time")
    assert "No look has been taken yet" in says(early)
    for page in (imported, early):
        assert 'class="chart"' not in page.text


def test_days_are_as_they_closed(as_role: Callable, engine: Engine, says: Says) -> None:
    with writing(engine) as session:
        for back in (2, 1):
            live = snapshots.latest(session, "between-looks", kind="live")
            assert live is not None
            report = live.report | {"computed_at": f"2026-10-0{3 - back}T22:00:00Z"}
            snapshots.add(session, "between-looks", 1, "day", report, now_us() - back * DAY)
    viewer = as_role("viewer")
    assert "2 Oct 2026 32,000 32,041 16,000" in says(viewer.get("/experiments/between-looks/over-time"))
    first, _ = csv.DictReader(io.StringIO(viewer.get("/experiments/between-looks/days.csv").text))
    assert (first["at"], first["exposed_entry"], first["mature_entry"]) == ("2026-10-01T22:00:00Z", "32041", "8000")
    document = viewer.get("/api/v1/experiments/between-looks/over-time").json
    assert (document["design"], len(document["days"])) == ("group_sequential", 2)


def test_data_quality_has_everything_in_one_place(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/experiments/ship/quality"))
    for words in (
        "Split as planned.",
        "Data quality as of",
        "Seen in two variants",
        "Page as it is 145,978 145,978",
        "Page as it is 41.2% 44.7%",
        "Edge 11.0% of 800 11.0% of 800",
        "Safari 38.0% of 800",
        "Split by day, platform, holdings and channel",
        "Sources of this test",
        "Web shop web-shop Browser key as it happens",
        "Nothing that names this test waits in the quarantine.",
    ):
        assert words in page, words


def test_what_was_set_aside_and_names_the_test_is_counted(as_role: Callable, engine: Engine, says: Says) -> None:
    from experiments.store.tables import QuarantineRow, SourceRow

    with writing(engine) as session:
        source = session.query(SourceRow.id).filter(SourceRow.key == "web-shop").scalar()
        for place, key in enumerate(("ship", "ship", "shipping", "sh%p")):
            session.add(
                QuarantineRow(
                    id=bytes([place]) * 16, source_id=source, reason="unknown_phase", field="", message="",
                    first_seen=1, last_seen=2 + place, count=1, body=f'{{"experiment": "{key}"}}',
                )
            )  # fmt: skip
    viewer = as_role("viewer")
    assert "Unknown phase web-shop 2" in says(viewer.get("/experiments/ship/quality"))
    (found,) = viewer.get("/api/v1/experiments/ship/data-quality").json["quarantine"]
    assert (found["items"], found["reason"]) == (2, "unknown_phase")


def test_the_plan_says_what_changed_since_launch(as_role: Callable, engine: Engine, says: Says) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/experiments/ship/plan"))
    for words in (
        "Frozen plan since",
        "145,978 in the control, 291,956 in all",
        "Keep running: cross-sell orders and up-sell orders not settled",
        "We believe that a personal entry",
        "Nothing has changed since launch.",
    ):
        assert words in page, words
    with writing(engine) as session:
        test = stories.ready(session, enrolment=0.2)
        launch.launch(session, APPROVER, now_us() - 5, test.key)
        launch.raise_enrolment(session, APPROVER, now_us(), test.key, 0.6, reason="All is well.")
        revision = by_key(session, test.key).revision
    page = says(viewer.get("/experiments/ready/plan"))
    assert f"A larger share takes part revision {revision} All is well." in page
    assert "enrolment 0.2 0.6" in page


def test_the_log_holds_deeds_looks_and_decisions(visit: Callable, says: Says) -> None:
    viewer = visit("viewer")
    page = says(viewer.get("/experiments/ship/log"))
    for words in ("Stopped; nobody new is enrolled", "status running stopped", "Look 2 of 3: Keep running", "Launched"):
        assert words in page, words
    looks = says(viewer.get("/experiments/ship/log?show=look"))
    assert "Look 2 of 3" in looks
    assert "Stopped; nobody" not in looks
    assert "Decided: ship a variant" in says(viewer.get("/experiments/decided/log?show=decision"))
    lines = list(csv.DictReader(io.StringIO(viewer.get("/experiments/ship/log.csv").text)))
    assert {"field": "status", "before": "running", "after": "stopped"}.items() <= next(
        line for line in lines if line["what"].startswith("Stopped") and line["field"] == "status"
    ).items()
    assert [line["when"] for line in lines] == sorted((line["when"] for line in lines), reverse=True)


def test_a_conversation_on_the_page(as_role: Callable, says: Says) -> None:
    viewer, editor = as_role("viewer"), as_role("editor")
    viewer.post("/experiments/ship/comments", {"text": "See <b>https://example.org/a?b=1&c</b>.\n\nWhy?"})
    page = editor.get("/experiments/ship/log")
    assert 'href="https://example.org/a?b=1&amp;c" rel="noopener' in page.text
    assert "&lt;b&gt;" in page.text
    place = re.search(r'id="comment-(\d+)"', page.text)
    assert place is not None
    address = f"/experiments/ship/comments/{place[1]}"
    assert f"{address}/change" not in page.text
    assert editor.post(f"{address}/delete").status_code == 403
    viewer.post(f"{address}/change", {"text": "Never mind."})
    assert "vera@example.org" in says(editor.get("/experiments/ship/log"))
    assert "Never mind." in says(editor.get("/experiments/ship/log"))
    viewer.post(f"{address}/delete")
    gone = says(editor.get("/experiments/ship/log"))
    assert "Deleted by its author." in gone
    assert "Never mind." not in gone
    assert "Text is empty" in says(viewer.client.post(
        "/experiments/ship/comments", data={"csrf_token": viewer.token(), "text": " "}, follow_redirects=True
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("javascript:alert(1) <script>", "<p>javascript:alert(1) &lt;script&gt;</p>"),
        ('https://x.org/"onclick=1', '<p><a href="https://x.org/" rel="noopener noreferrer nofollow">https://x.org/</a>&#34;onclick=1</p>'),
        ("(http://x.org/a).", '<p>(<a href="http://x.org/a" rel="noopener noreferrer nofollow">http://x.org/a</a>).</p>'),
    ],
)  # fmt: skip
def test_plain_text_becomes_nothing_but_links(text: str, html: str) -> None:
    assert linked_text(text) == html


def test_differences_name_the_place() -> None:
    before = {"revision": 1, "variants": [{"key": "a", "weight": 0.5}, {"key": "b", "weight": 0.5}], "rollout": None}
    changed = [{"key": "a", "weight": 0.2}, {"key": "b", "weight": 0.5}]
    after = {"revision": 2, "variants": changed, "rollout": {"share": 1}}
    assert differences(before, after) == [("variants.a.weight", "0.5", "0.2"), ("rollout.share", "", "1")]
    assert differences(None, {"x": [1]}) == [("x.1", "", "1")]
