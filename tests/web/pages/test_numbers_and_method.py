"""Every number of every page links to the section of the method that computes it, and every such section is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests import stories
from tests.html_tree import Node, tree
from web.documents import document, titles
from web.documents.render import render
from web.pages.words import word_href
from web.understanding import WORDS

STORIES = ("ship", "cannibalising", "broken-split", "between-looks", "after-a-look", "decided", "imported", "paused",
           "draft", "testing", "ready")  # fmt: skip
ASKED = urlencode(stories.ASKED)
PAGES = ("/", "/planner", f"/planner?{ASKED}", "/experiments", "/experiments/testing/build/metrics",
         "/experiments/testing/build/plan", "/experiments/testing/build/review",
         "/experiments/compare?a=ship&b=testing", "/setup", "/setup?show=refused",
         "/keys", "/definitions", "/data", "/data/products", "/data/reconciliation", "/data/quarantine",
         "/data/metrics", "/data/metrics/new", "/data/metrics/digital-share", "/goals", "/opportunities/journeys",
         "/opportunities/journeys/new", "/opportunities/journeys/tv-pages",
         "/backlog", "/backlog/calendar", "/learnings", "/learnings/1", "/learnings/effects",
         "/contact-centre", "/opportunities", "/opportunities/cell?place=tv-pages.entry&holds=mobile&family=tv",
         *(f"/experiments/{key}" for key in STORIES),
         *(f"/experiments/{key}/{tab}" for key in ("ship", "after-a-look", "between-looks")
           for tab in ("cannibalisation", "segments", "report")),
         *(f"/experiments/ship/{tab}" for tab in ("over-time", "quality", "plan", "log", "shares")))  # fmt: skip
#: Heads of columns that hold a date, a version or a plain count of messages, aligned like numbers.
NO_STATISTICS = frozenset({"Launched", "Made", "Version", "Accepted", "Refused", "Times", "Begun", "Changed"})
#: Facts that name something instead of measuring it.
NO_NUMBERS = frozenset({"Key", "Owner", "Rules, all of them"})
FIGURE = re.compile(r"\d")
KNOWN = frozenset().union(*({f"/docs/{name}#{anchor}" for anchor in document(name).anchors} for name in titles()))


def blocks(page: Node) -> list[tuple[str, Node]]:
    """What must carry a link for the numbers below it: a name for the message, and the element that must hold it."""
    found: list[tuple[str, Node]] = []
    for node in page.find(lambda node: True):
        if "kpi" in node.classes:
            found.append(("key figure", next(child for child in node.walk() if child.tag == "dt")))
        elif node.tag == "th" and "numeric" in node.classes and node.attributes.get("scope") == "col":
            found += [("column", node)] * (node.text not in NO_STATISTICS and not inside_chart_data(node))
        elif node.tag == "div" and node.parent is not None and "facts" in node.parent.classes:
            term, value = (next(each for each in node.walk() if each.tag == tag) for tag in ("dt", "dd"))
            found += [("fact", term)] * (bool(FIGURE.search(value.text)) and term.text not in NO_NUMBERS)
        elif "chart-card" in node.classes:
            captions = [each for each in node.walk() if "chart-caption" in each.classes]
            found.append(("chart", captions[0] if captions else node))
        elif node.classes & {"progress-line", "split-check", "decision-banner", "answer-head"}:
            found += [("block", node)] * bool(FIGURE.search(node.text))
        elif "waterfall-table" in node.classes or "matrix-table" in node.classes:
            found.append(("table", next(up for up in ancestors(node) if "table-card" in up.classes)))
    return found


def inside_chart_data(node: Node) -> bool:
    """The table of a chart's own numbers: its caption carries the link."""
    return any(up.classes & {"chart-data"} and any("chart-card" in more.classes for more in ancestors(up))
               for up in ancestors(node))  # fmt: skip


def ancestors(node: Node) -> list[Node]:
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def explains(link: str) -> bool:
    return link.startswith(("/docs/", "/definitions#"))


@pytest.mark.parametrize("path", PAGES)
def test_every_number_links_to_what_computes_it(path: str, visit: Callable) -> None:
    page = tree(visit("approver").get(path).text)
    bare = [(kind, node.text[:80]) for kind, node in blocks(page) if not any(map(explains, node.links()))]
    assert bare == []


@pytest.mark.parametrize("path", PAGES)
def test_every_link_to_a_document_ends_at_an_anchor_that_is_there(path: str, visit: Callable) -> None:
    page = tree(visit("approver").get(path).text)
    words = {f"/definitions#{word.anchor}" for word in WORDS}
    for link in filter(explains, page.links()):
        if link.startswith("/definitions#metric-"):
            continue
        assert link in KNOWN | words or link in {f"/docs/{name}" for name in titles()}, link


def test_the_pages_do_hold_numbers(visit: Callable) -> None:
    """So that the walk above cannot pass because it finds nothing."""
    counted = {path: len(blocks(tree(visit("approver").get(path).text))) for path in PAGES}
    assert counted["/experiments/ship"] > 25
    assert counted[f"/planner?{ASKED}"] > 15
    assert counted["/experiments/between-looks"] >= 10


def test_a_number_without_a_link_is_found() -> None:
    bare = '<table><thead><tr><th scope="col" class="numeric">Change</th></tr></thead></table>'
    linked = bare.replace("Change", '<a href="/docs/method#lift">Change</a>')
    for html, links in ((bare, False), (linked, True)):
        ((_, node),) = blocks(tree(html))
        assert any(map(explains, node.links())) is links


def test_every_chart_of_the_app_asks_for_its_section(visit: Callable) -> None:
    page = tree(visit("approver").get("/experiments/ship").text)
    charts = page.find(lambda node: "chart-card" in node.classes)
    assert charts
    for chart in charts:
        assert "/docs/method#region" in chart.links()


@pytest.mark.parametrize("name", titles())
def test_a_document_is_a_page_of_the_app(name: str, visit: Callable) -> None:
    answer = visit("viewer").get(f"/docs/{name}")
    assert answer.status_code == 200
    page = tree(answer.text)
    (title,) = page.find(lambda node: node.tag == "h1")
    assert title.text == document(name).title != ""
    ids = {node.attributes["id"] for node in page.walk() if "id" in node.attributes}
    for link in page.links():
        if link.startswith("#"):
            assert link[1:] in ids, link
        elif link.startswith("/docs/") and "#" in link:
            assert link in KNOWN, link
    for table in page.find(lambda node: node.tag == "table"):
        assert not [head for head in table.find(lambda node: node.tag == "th") if not head.text]
        assert table.parent is not None
        assert table.parent.attributes.get("tabindex") == "0"
    regions = [node.attributes["aria-label"] for node in page.walk() if node.attributes.get("role") == "region"]
    assert len(set(regions)) == len(regions)
    assert all(code.attributes.get("tabindex") == "0" for code in page.find(lambda node: node.tag == "pre"))


def test_a_stranger_signs_in_first(stranger) -> None:
    assert stranger.get("/docs/method").status_code == 302


@pytest.mark.parametrize("name", ["house", "nothing", "..%2Fpyproject"])
def test_other_files_are_no_pages(name: str, visit: Callable) -> None:
    assert visit("viewer").get(f"/docs/{name}").status_code == 404


def test_words_that_are_computed_lead_to_the_method() -> None:
    assert word_href("margin") == "/docs/method#margin"
    assert word_href("payload") == "/definitions#payload"


def test_links_to_files_that_are_not_shown_become_words() -> None:
    made = render(
        "# T\n\nSee [this test](../tests/x.py), [settings](settings.md#a) and [house](house.md).\n",
        frozenset({"settings"}),
    )
    assert made.body == '<p>See this test, <a href="/docs/settings#a">settings</a> and house.</p>\n'


def test_anchors_stand_in_the_heading_they_belong_to() -> None:
    made = render('# T\n\nWords.\n\n<a id="lift"></a><a id="gain"></a>\n## The *lift*\n')
    assert '<h2 id="section-the-lift"><a id="lift"></a><a id="gain"></a>The <em>lift</em></h2>' in made.body
    assert [(heading.anchor, heading.title) for heading in made.contents] == [("lift", "The lift")]
    assert {"lift", "gain"} <= made.anchors


def test_indices_of_formulas_are_set_low_and_code_stays_as_it_is() -> None:
    made = render("# T\n\nm_t − z_{α/2} S_xx,pooled < 1 and `from_rows` in lag_days\n")
    assert "m<sub>t</sub> − z<sub>α/2</sub> S<sub>xx,pooled</sub> &lt; 1" in made.body
    assert "<code>from_rows</code> in lag_days" in made.body


def test_a_table_without_heads_gets_heads_of_rows() -> None:
    made = render("# T\n\n## Effect\n\n| | |\n|---|---|\n| formula | a < b |\n")
    assert "<thead>" not in made.body
    assert '<th scope="row">formula</th>' in made.body
    assert 'aria-label="Effect"' in made.body


def test_an_empty_corner_of_a_table_is_no_head() -> None:
    made = render("# T\n\n| | yes |\n|---|---|\n| a | b |\n")
    assert "<td></td>" in made.body
    assert '<th scope="col">yes</th>' in made.body
