"""The results page in every state; its words about results come from the report."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.decision.gross_to_net.block import GrossToNet
from experiments.decision.words import Verdict
from experiments.services import refreshing
from experiments.services.clock import now_us
from experiments.services.experiments import by_key
from experiments.services.stored_reports import stored_reports
from experiments.store.engines import reading, writing
from tests import stories
from tests.html_tree import assert_in_order
from web.pages.frozen_plan import plan_values
from web.pages.shown import shown_of

Says = Callable[[TestResponse], str]
WITH_EFFECTS = ("ship", "cannibalising", "after-a-look", "decided", "imported")


def results(html: str) -> str:
    """The part of the page that refreshes itself."""
    return html[html.index('id="results"') :].split('id="dialog-', 1)[0]


@pytest.mark.parametrize("key", [*WITH_EFFECTS, "broken-split", "between-looks"])
def test_the_banner_is_the_decision_of_the_stored_report(key: str, visit: Callable, says: Says, shared_app) -> None:
    with reading(shared_app.extensions["netlift"].engine) as session:
        decision = shown_of(stored_reports(session, key)).decision.decision
    page = visit("viewer").get(f"/experiments/{key}")
    assert f"{decision.title} {decision.sentence}" in says(page)
    for reason in decision.reasons:
        assert reason in says(page)


@pytest.mark.parametrize("key", WITH_EFFECTS)
def test_every_number_of_the_metric_table_is_there(key: str, visit: Callable, shared_app) -> None:
    with reading(shared_app.extensions["netlift"].engine) as session:
        effects = shown_of(stored_reports(session, key)).effects
    page = results(visit("viewer").get(f"/experiments/{key}").text)
    rows = re.findall(r'<th scope="row" data-label="Metric">(.*?)</tr>', page, re.DOTALL)
    assert len(rows) == len(effects.metrics)
    for row, html in zip(effects.metrics, rows, strict=True):
        assert row.title in html
        assert f"/definitions#metric-{row.metric}" in html
        assert f"</span> {row.verdict.label.split(' ', 1)[1]}</span>" in html
        assert 'class="forest ' in html
    assert page.count('class="chart"') == len(effects.planes)


def test_a_winner_shows_decision_split_progress_metrics_and_plane_in_this_order(visit: Callable, says: Says) -> None:
    page = says(visit("approver").get("/experiments/ship"))
    order = [
        "Personal entry on TV pages Stopped Mobile customers on TV pages 291,997 visitors",
        "Ship it: cross-sell orders rose, both guardrails held",
        "Look 3 of 3 As of",
        "Split as planned. Page as it is 145,978, Personal entry 146,019 · p = 0.940",
        "Sample collected: 291,997 of 291,956 visitors, complete",
        "Cross-sell orders Goal 3.15% 3.54% +12.5% +8.1% to +17.1% (95%) corrected for its looks +8.7% "
        "+2.9% to +14.6%, p 0.003 ▲ Better",
        "Up-sell orders Guardrail, limit −5% 4.26% 4.23% −0.8%",
        "Contacts Guardrail, limit +0.0100 0.1180 0.1180",
        "Revenue Secondary €1.82 €1.91",
        "Digital share Secondary 58.00% 61.19%",
        "Cross-sell orders and up-sell orders together",
        "Decide",
    ]
    assert_in_order(page, order)


def test_an_expert_finds_every_number(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/experiments/ship"))
    assert "All numbers: both scales, p-values, bounds" in page
    for words in (
        "Cross-sell orders +12.5% +8.1% to +17.1% +0.39\xa0pp +0.26\xa0pp to +0.53\xa0pp 95.0% fieller < 0.001 – – –",
        "Up-sell orders −0.8% −4.3% to +2.8%",
        "0.648 – −4.3% −5% 0.007",
        "0.0\xa0s −1.2\xa0s to +1.2\xa0s",
    ):
        assert words.replace("\xa0", " ") in page


def test_metrics_an_import_brought_along_are_named_as_in_its_report(shared_app) -> None:
    with reading(shared_app.extensions["netlift"].engine) as session:
        test, stored = by_key(session, "imported"), stored_reports(session, "imported")
    uses = {use["key"]: use for use in plan_values(test, {}, stored)["uses"]}
    assert (uses["up-sell"]["title"], uses["up-sell"]["kind"]) == ("Up-sell orders", "rate")
    assert (uses["contacts"]["title"], uses["contacts"]["direction"]) == ("Contacts", -1)


def test_several_variants_each_have_their_table(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/experiments/after-a-look"))
    assert "Personal entry: Inconclusive Plain banner: Inconclusive" in page
    assert "Personal entry against Page as it is" in page
    assert "Plain banner against Page as it is" in page
    between = (
        r"As of \d+ \w+ \d{4}, \d\d:\d\d\. Between looks no verdict changes and none is coloured\. Verdicts change at"
    )
    assert re.search(f"Look 1 of 3 {between}", page)


def test_between_looks_there_are_counts_and_nothing_like_a_verdict(visit: Callable, says: Says) -> None:
    answer = visit("approver").get("/experiments/between-looks")
    page, html = says(answer), results(answer.text)
    assert "Provisional, between looks" in page
    assert "Page as it is 32,000 8,000 mature" in page
    assert "Looks taken 0 of 3" in page
    for verdict in Verdict:
        assert verdict.label not in page
    split = re.search(r'<section class="split-check.*?</section>', html, re.DOTALL)
    assert split is not None
    classes = " ".join(re.findall(r'class="([^"]*)"', html.replace(split.group(0), "")))
    assert not re.search(r"verdict|forest|metric-table|chart-card|(tone|pill)-(gain|loss)", classes)
    assert "Stop the test" not in html


def test_a_broken_split_hides_the_effects(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/experiments/broken-split"))
    assert (
        "The split is not as planned When assignment works, a split this far from the plan has a chance of at most 1 in"
        in page
    )
    assert "Page as it is 50.0% 50.75% 131,900" in page
    assert page.index("Likely causes") < page.index("Show the effects anyway")
    assert "Look 1" not in page


def test_a_split_that_breaks_after_a_look_silences_the_look(as_role: Callable, engine: Engine, says: Says) -> None:
    with writing(engine) as session:
        test = by_key(session, "cannibalising")
        stories.live(session, test, 120_000, {"entry": {}}, exposed={"control": 126_000, "entry": 114_000}, number=2)
    answer = as_role("viewer").get("/experiments/cannibalising")
    page = says(answer)
    assert "Do not read these results: the split is wrong" in page
    assert "Do not ship: the gain is taken" not in page[: page.index("Show the effects anyway")]
    hidden = re.search(r'<details class="show-anyway">(.*)', answer.text, re.DOTALL)
    assert hidden is not None
    assert "✕" in hidden.group(1)
    listed = says(as_role("viewer").get("/experiments"))
    assert "Bundle offer in the TV shop cannibalising Running Do not read these results" in listed


def test_a_test_nobody_has_reached_shows_its_snippet_and_waits(visit: Callable, says: Says) -> None:
    viewer = visit("viewer")
    answer = viewer.get("/experiments/waiting")
    assert "Waiting for the first visitor" in says(answer)
    assert re.search(r"Client\(&#34;pk_live_\w", answer.text)
    assert "netlift.variant(&#34;waiting&#34;, visitor_id)" in answer.text
    assert 'hx-get="/experiments/waiting/first-visitor"' in answer.text
    still = viewer.fragment("/experiments/waiting/first-visitor")
    assert (still.status_code, still.data, "HX-Refresh" in still.headers) == (204, b"", False)


def test_bots_that_came_are_said_while_one_waits(as_role: Callable, engine: Engine, says: Says) -> None:
    with writing(engine) as session:
        test = by_key(session, "waiting")
        stories.live(
            session, test, 1, {}, exposed={"control": 0, "entry": 0}, excluded={"bot": {"control": 1, "entry": 2}}
        )
    page = says(as_role("viewer").get("/experiments/waiting"))
    assert "Waiting for the first visitor" in page
    assert "Seen so far and left out: 3 visitors as bots." in page


def test_a_look_that_waits_for_data_says_so_on_top(as_role: Callable, engine: Engine, says: Says) -> None:
    with writing(engine) as session:
        test = by_key(session, "between-looks")
        report = stories.live(session, test, 1_000, {"entry": {}}, net=GrossToNet("withheld"))
        quality = replace(report.quality, silent=True, notes=("Nothing that a goal counts has come.",))
        stories.keep(session, test, replace(report, quality=quality))
    page = as_role("viewer").get("/experiments/between-looks")
    assert "Waiting for data Nothing that a goal counts has come. Sources of this test · Imports" in says(page)


def test_the_first_visitor_calls_for_the_whole_page(as_role: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        stories.live(session, by_key(session, "waiting"), 1, {}, exposed={"control": 1, "entry": 0})
    viewer = as_role("viewer")
    assert viewer.fragment("/experiments/waiting/first-visitor").headers["HX-Refresh"] == "true"
    page = viewer.get("/experiments/waiting").text
    assert "first-visitor" not in page
    assert 'hx-trigger="every 15s"' in page


def test_a_running_page_asks_for_news_and_gets_none_while_nothing_changes(as_role: Callable, engine: Engine) -> None:
    viewer = as_role("viewer")
    page = viewer.get("/experiments/between-looks").text
    address = re.search(r'hx-get="([^"]+/live\?seen=\w+)" hx-trigger="every 15s" hx-swap="outerMorph"', page)
    assert address is not None
    quiet = viewer.fragment(address.group(1))
    assert (quiet.status_code, quiet.data) == (204, b"")
    with writing(engine) as session:
        stories.live(session, by_key(session, "between-looks"), 33_000, {"entry": {}}, mature=0.25)
    news = viewer.fragment(address.group(1))
    assert news.status_code == 200
    assert "66,041" in news.text
    assert address.group(1) not in news.text
    assert "<html" not in news.text


@pytest.mark.parametrize("key", ["ship", "decided", "imported", "draft"])
def test_a_page_that_cannot_change_asks_for_nothing(key: str, visit: Callable) -> None:
    assert 'hx-trigger="every' not in results(visit("viewer").get(f"/experiments/{key}").text)


def test_a_draft_says_what_is_missing(visit: Callable, says: Says) -> None:
    page = says(visit("approver").get("/experiments/draft"))
    assert (
        "Missing before launch No guardrail protects the sales this offer could take away. "
        "The plan has no sample size yet." in page
    )
    assert "Launch this test?" in page
    assert "Ready to launch" not in page


def test_a_rehearsal_names_the_test_environment(visit: Callable, says: Says) -> None:
    answer = visit("viewer").get("/experiments/testing")
    page = says(answer)
    assert "Keys of the test environment see the variants" in page
    assert "sk_test_…" in page
    assert "a server with a server key asks" in page
    assert '{"holdings": holdings}' in page
    assert "An approver checks plan and design, and launches." in page


def test_a_shipped_winner_says_how_it_is_rolled_out(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/experiments/decided"))
    assert "Personal entry is rolled out. 100% of the units see it; 5.0% are held back and keep the control." in page
    decided = r"Decided: ship\. system, \d+ \w+ \d{4}, \d\d:\d\d\. The report said: ship\. Reason: As planned\."
    assert re.search(decided, page)
    assert "It can be taken back" not in page


def test_an_imported_test_has_no_looks_of_ours(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/experiments/imported"))
    assert "Imported" in page
    assert "Sample collected" not in page
    assert "Frozen plan" not in page
    assert "As of" not in page


def test_dates_are_those_of_the_deployment(visit: Callable, says: Says, shared_app) -> None:
    """1 790 000 000 s is 14:13 UTC and 16:13 in the summer of Amsterdam."""
    assert "21 Sep 2026, 16:13" in says(visit("viewer").get("/experiments/draft"))


def test_json_and_csv_hold_the_report_that_is_shown(visit: Callable, shared_app) -> None:
    viewer = visit("viewer")
    with reading(shared_app.extensions["netlift"].engine) as session:
        report = shown_of(stored_reports(session, "cannibalising")).decision
    assert viewer.get("/experiments/cannibalising/report.json").json == json.loads(json.dumps(report.to_dict()))
    answer = viewer.get("/experiments/cannibalising/report.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=cannibalising.csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["verdict"] for row in rows] == [row.verdict.value for row in report.metrics]


@pytest.mark.parametrize(
    "path",
    ["nothing", "nothing/live", "nothing/first-visitor", "nothing/report.json", "nothing/report.csv", "ship/report.xml",
     "draft/report.json", "ship/nothing", "%00", "ship%00", "a" * 300],
)  # fmt: skip
def test_unknown_addresses_are_not_found(path: str, visit: Callable) -> None:
    assert visit("admin").get(f"/experiments/{path}").status_code in (404, 405)


def test_a_page_may_be_read_long_after_its_metrics_changed(as_role: Callable, engine: Engine) -> None:
    from dataclasses import replace

    from experiments.services.actor import SYSTEM
    from experiments.services.metrics import metric_by_key, save_metric

    with writing(engine) as session:
        renamed = replace(metric_by_key(session, "up-sell"), name="Upgrades", window_days=14)
        save_metric(session, SYSTEM, now_us(), renamed)
    page = as_role("viewer").get("/experiments/ship").text
    assert "Up-sell orders" in page
    assert "Upgrades" not in page


def test_a_running_test_says_what_waiting_means(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get("/experiments/after-a-look"))
    assert "If you wait as the last look foresaw How to read this" in page
    assert "Personal entry Next look" in page
    chances = re.findall(r"about (\d+)%: ship (\d+)%, harm (\d+)%, no gain (\d+)%", page)
    assert len(chances) == 2
    for verdict, *parts in chances:
        assert abs(int(verdict) - sum(map(int, parts))) <= 2
    assert "If you wait" not in says(visit("viewer").get("/experiments/ship"))
    assert "between-looks" in visit("viewer").get("/experiments/after-a-look").text


def test_a_report_is_computed_anew_in_the_background_with_a_bar(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    assert "Compute now" in says(editor.get("/experiments/between-looks"))
    assert "Compute now" not in says(as_role("viewer").get("/experiments/between-looks"))
    assert editor.post("/experiments/between-looks/refresh").status_code == 302
    page = editor.get("/experiments/between-looks")
    assert "Computing the report: waiting for the worker" in says(page)
    assert 'hx-get="/experiments/between-looks/refreshing"' in page.text
    refreshing.serve(engine, now_us(), ZoneInfo("UTC"))
    assert "The report is new. Show it" in says(editor.fragment("/experiments/between-looks/refreshing"))
    assert "waiting for the worker" not in says(editor.get("/experiments/between-looks"))
    assert "is final, or came from elsewhere" in says(editor.client.post(
        "/experiments/draft/refresh", data={"csrf_token": editor.token()}, follow_redirects=True
    ))  # fmt: skip
