"""From gross to net on the pages: every state, every tab, and files that hold what the page shows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.decision.gross_to_net.block import GrossToNet
from experiments.decision.gross_to_net.tables import TABLES, table_rows
from experiments.services.experiments import by_key
from experiments.services.stored_reports import stored_reports
from experiments.store.engines import reading, writing
from tests import stories
from tests.gross_to_net_blocks import every_block
from tests.html_tree import assert_in_order
from web.pages.net.view import net_view


def block_of(app, key: str) -> GrossToNet:
    with reading(app.extensions["netlift"].engine) as session:
        report = stored_reports(session, key).look
    assert report is not None
    assert report.gross_to_net is not None
    return report.gross_to_net


def test_the_waterfall_stands_between_progress_and_metrics(visit: Callable, says: Callable) -> None:
    page = says(visit("viewer").get("/experiments/ship"))
    order = [
        "Sample collected",
        "Net per 1,000 visitors +€61 +€40 to +€82",
        "Taken from up-sell per 10 extra cross-sales 1.2 −0.4 to 2.9, break-even 14.0",
        "Early gain that stays 90.0%",
        "Digital share of sales 60.0% control 60.0%",
        "From gross to net money per 1,000 visitors · How it is counted CSV of From gross to net",
        "Gross gain +€100 +€95 to +€105",
        "Up-sell −€12",
        "Later than the early window €0",
        "Net net gain +€61 +€40 to +€82",
        "Visitors old enough for 28 days, known to be a customer at first exposure: Page as it is 5,000, Personal "
        "entry 5,010 (100% of all exposed). Early window 7 days, returns 14 days. The orders of one unit count for "
        "at most €900.",
        "The net is 0 if promoted products stay 9.4 months, not 24.",
        "Months of promoted products +€11 −€4.00 to +€26 12.0 months",
        "TV Start Promoted 24 €5.00",
        "Metrics per visitor CSV of Metrics",
    ]
    assert_in_order(page, order)


def test_a_partial_sum_is_never_called_net(visit: Callable, says: Callable) -> None:
    page = says(visit("viewer").get("/experiments/cannibalising"))
    assert "Measured steps per 1,000 visitors +€61" in page
    assert "Later than the early window No unit is old enough. not measured –" in page
    assert "Sum of the measured steps partial: without later than the early window a partial sum is no net" in page
    assert " Net net " not in page


def test_between_looks_the_page_says_when_it_will_be_shown(visit: Callable, says: Callable) -> None:
    for tab in ("", "/cannibalisation", "/segments"):
        answer = visit("viewer").get(f"/experiments/between-looks{tab}")
        sentence = r"From gross to net: not yet Shown at the next look, on \d+ \w+ \d{4}\."
        assert re.search(sentence, says(answer)), tab
        assert not re.search(r"waterfall-|matrix-|segment-|class=\"still", answer.text), tab


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("imported", "From gross to net: not declared These results were brought as totals"),
        ("decided", "From gross to net: not measured This report was stored before its gain could be followed"),
    ],
)
def test_a_report_without_the_block_says_why_and_what_to_do(
    key: str, words: str, visit: Callable, says: Callable
) -> None:
    answer = visit("viewer").get(f"/experiments/{key}")
    assert words in says(answer)
    link = "gross-to-net" if key == "decided" else "experiment-file#section-plan-net"
    assert f'href="/docs/{link}">How' in answer.text


@pytest.mark.parametrize("key", ["draft", "ready", "testing"])
def test_a_draft_says_what_is_assumed_and_how_to_declare_it(key: str, as_role: Callable, engine: Engine, says) -> None:
    if key == "ready":
        with writing(engine) as session:
            stories.ready(session)
    page = says(as_role("editor").get(f"/experiments/{key}"))
    assert "Declared for gross to net fixed at launch How to read this" in page
    assert "cross-sell in any family (assumed)" in page
    assert "up-sell in any family (assumed)" in page
    assert "28 days (assumed)" in page
    assert "Declare it as [plan.net] in the experiment file. How to declare it" in page


def test_a_cohort_that_cannot_be_read_is_told(as_role: Callable, engine: Engine, says: Callable) -> None:
    none_old = GrossToNet("not_measured", "No unit is old enough.")
    with writing(engine) as session:
        test = by_key(session, "cannibalising")
        stories.look(session, test, 90_000, {"entry": {}}, number=3, net=none_old)
    for tab in ("", "/cannibalisation", "/segments"):
        page = says(as_role("viewer").get(f"/experiments/cannibalising{tab}"))
        assert "From gross to net: not measured No unit is old enough." in page
        assert "From gross to net money" not in page


def test_several_variants_have_a_section_each(visit: Callable, says: Callable) -> None:
    page = says(visit("viewer").get("/experiments/after-a-look"))
    assert "From gross to net: Personal entry" in page
    assert "From gross to net: Plain banner" in page
    for tab, ids in (("cannibalisation", "taken"), ("segments", "segments")):
        html = visit("viewer").get(f"/experiments/after-a-look/{tab}").text
        assert f'id="{ids}-entry" class=""' in html
        assert f'id="{ids}-banner" class=""' in html


def test_what_is_taken_has_its_own_tab(visit: Callable, says: Callable) -> None:
    answer = visit("viewer").get("/experiments/ship/cannibalisation")
    page = says(answer)
    for words in (
        "Results Cannibalisation Segments",
        "Break-even : 14.0 protected orders lost per 10 promoted ones gained",
        "Cross-sales against up-sell",
        "The cross is the 95% interval of each and decides",
        "Gain by days since exposure",
        "90% of the early gain is still there.",
        "Who buys what",
        "Mobile 10,010 units ▲ +10.0 +2.0 to +18.0",
        "Nothing 10,010 units –",
        "Grey: under ten sales in a variant, not tested.",
        "Where it was shown, where it was bought",
        "Digital share of all sales digital: web + app",
        "Page as it is 60.0% 60.0 100.0 2.0",
        "Handling time, hit rate, CSAT Mixed",
        "Hit rate more is better 100.00% 101.00% +1.00 pp",
        "▲ Better",
        "Which channel a unit uses is itself an effect of the variant, so these numbers carry no verdict.",
        "Declared for gross to net",
        "phone €43 an hour",
    ):
        assert words in page.replace("\xa0", " "), words
    assert '<a class="tab" href="/experiments/ship/cannibalisation" aria-current="page">' in answer.text
    assert answer.text.count("<noscript><svg") == 2


def test_segments_say_whether_they_differ(visit: Callable, says: Callable) -> None:
    page = says(visit("viewer").get("/experiments/ship/segments"))
    assert "Promoted orders by what was held at first exposure" in page
    assert "Mobile Page as it is 5,000, Personal entry 5,010 +10.0 +9.0 to +11.0 +9.0 +5.0 to +13.0 ▲ Works" in page
    assert "Works for Mobile. Do they differ? Cochran's Q 4.1 on 1 df, p = 0.040; corrected" in page


def test_groups_that_do_not_differ_are_not_told_apart(shared_app) -> None:
    with reading(shared_app.extensions["netlift"].engine) as session:
        report = stored_reports(session, "ship").look
    assert report is not None
    block = every_block("entry")
    (mine,) = block.variants
    (test,) = mine.segments
    line = replace(test.lines[0], verdict="not_shown")
    alike = replace(mine, segments=(replace(test, differ=False, lines=(line,)),))
    with shared_app.app_context():
        view = net_view(replace(report, gross_to_net=replace(block, variants=(alike,))))
    assert view.arms[0].segments[0]["rows"][0]["word"] == "Not told apart"


def test_a_broken_split_hides_the_tabs_too(as_role: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        test = by_key(session, "cannibalising")
        stories.live(session, test, 120_000, {"entry": {}}, exposed={"control": 126_000, "entry": 114_000}, number=2)
    for tab in ("cannibalisation", "segments"):
        html = as_role("viewer").get(f"/experiments/cannibalising/{tab}").text
        assert html.index("Show the effects anyway") < html.index('id="' + {"cannibalisation": "taken"}.get(tab, tab))


def test_a_draft_has_no_tabs(visit: Callable) -> None:
    assert 'class="tabs"' not in visit("viewer").get("/experiments/draft").text


def test_a_tab_refreshes_itself(visit: Callable) -> None:
    viewer = visit("viewer")
    page = viewer.get("/experiments/after-a-look/segments").text
    address = re.search(r'hx-get="([^"]+/live\?seen=\w+&tab=segments)"', page.replace("&amp;", "&"))
    assert address is not None
    assert viewer.fragment(address.group(1)).status_code == 204
    news = viewer.fragment("/experiments/after-a-look/live?seen=old&tab=segments")
    assert 'id="segments-entry"' in news.text
    assert "<html" not in news.text


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_a_file_with_the_numbers_of_the_block(table: str, visit: Callable, shared_app) -> None:
    answer = visit("viewer").get(f"/experiments/ship/net/{table}.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=ship-{table}.csv"
    expected = table_rows(block_of(shared_app, "ship"), table)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows
    assert [{name: row[name] for name in row} for row in rows] == [
        {name: "" if row.get(name) is None else str(row[name]) for name in rows[0]} for row in expected
    ]


def test_the_waterfall_file_is_the_block_itself(visit: Callable, shared_app) -> None:
    block = block_of(shared_app, "after-a-look")
    rows = list(csv.DictReader(io.StringIO(visit("viewer").get("/experiments/after-a-look/net/waterfall.csv").text)))
    steps = [(each.variant, step.key, step.value) for each in block.variants for step in each.waterfall.steps]
    nets = [(each.variant, "net", each.waterfall.net.value) for each in block.variants]
    found = [(row["variant"], row["step"], float(row["value"]) if row["value"] else None) for row in rows]
    assert sorted(found, key=str) == sorted([*steps, *nets], key=str)


def test_names_that_a_spreadsheet_would_run_are_text(visit: Callable) -> None:
    from experiments.decision.gross_to_net.tables import table_csv

    block = every_block("entry")
    (mine,) = block.variants
    product = replace(mine.waterfall.products[0], title="=HYPERLINK(1)")
    hostile = replace(mine, waterfall=replace(mine.waterfall, products=(product,)))
    assert ",'=HYPERLINK(1)," in table_csv(replace(block, variants=(hostile,)), "products")


@pytest.mark.parametrize("path", ["ship/net/nothing.csv", "decided/net/waterfall.csv", "nothing/net/waterfall.csv",
                                  "ship/results", "nothing/segments"])  # fmt: skip
def test_unknown_tables_and_tabs_are_not_found(path: str, visit: Callable) -> None:
    assert visit("viewer").get(f"/experiments/{path}").status_code in (404, 405)


def test_the_report_of_the_page_holds_the_block(visit: Callable, shared_app) -> None:
    document = visit("viewer").get("/experiments/ship/report.json").json
    assert document["gross_to_net"]["variants"][0]["waterfall"] == json.loads(json.dumps(document["waterfall"]))
    assert document["waterfall"]["net"]["value"] == block_of(shared_app, "ship").variants[0].waterfall.net.value


def test_the_documentation_names_every_table() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/gross-to-net.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in TABLES)
