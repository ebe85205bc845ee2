"""Words and readings have one source: what pages unfold, /definitions lists and the documents print is the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

import web
from tests import stories
from tests.html_tree import Node, tree
from web.documents.shelf import folder
from web.understanding import READINGS, WORDS, documents, reading_of

BY_TITLE = {reading.title: reading.key for reading in READINGS}
TESTS = ("ship", "after-a-look", "between-looks", "decided", "broken-split")
#: Page → blocks that must say how they are read.
PAGES: dict[str, set[str]] = {
    "/": {"wheel", "journeys", "calendar"},
    f"/planner?{urlencode(stories.ASKED)}": {"answer", "parts", "power-curve", "looks", "detectable"},
    "/opportunities": {"map", "ranked"},
    "/opportunities/cell?place=tv-pages.entry&holds=mobile&family=tv": {"cell"},
    "/backlog/calendar": {"lanes"},
    "/learnings": {"library"},
    "/learnings/effects": {"together", "effects"},
    "/experiments/ship": {"decision", "split", "progress", "waterfall", "metrics", "all-numbers", "plane"},
    "/experiments/broken-split": {"decision", "split"},
    "/experiments/after-a-look": {"decision", "split", "progress", "outlook"},
    "/experiments/ship/cannibalisation": {
        "split", "rate", "rate-plane", "curve", "matrix", "digital-share", "service", "declared",
    },
    "/experiments/ship/segments": {"split", "segments"},
    "/experiments/ship/over-time": {"split", "over-time"},
    "/experiments/ship/quality": {"split", "quality"},
    "/experiments/ship/plan": {"plan", "declared"},
    "/experiments/decided/rollout": {"stands", "holdback"},
}  # fmt: skip
#: Blocks that need what no story has: agreements, ideas, counted days and evaluations, past tests, steps, a guard.
CENTRE = {"centre", "centre-channels", "moved", "offers-seen", "policy", "promised"}
ELSEWHERE = CENTRE | {"goals", "ideas", "days", "figures", "trend", "kept-out", "past", "steps", "guard"}
TEMPLATES = Path(web.__file__).parent / "templates"


@pytest.mark.parametrize("name", documents())
def test_a_document_prints_the_one_source(name: str) -> None:
    assert (folder() / f"{name}.md").read_text("utf-8") == documents()[name], "run `make glossary`"


def test_definitions_lists_every_word(visit: Callable) -> None:
    said = tree(visit("viewer").get("/definitions").text).text
    missing = [word.title for word in WORDS if word.title not in said or word.meaning not in said]
    assert missing == []


def test_words_and_readings_are_told_apart_and_short() -> None:
    assert len({word.anchor for word in WORDS}) == len(WORDS)
    assert len({word.title for word in WORDS}) == len(WORDS)
    assert len(BY_TITLE) == len({reading.key for reading in READINGS}) == len(READINGS)
    known = {word.anchor for word in WORDS}
    for reading in READINGS:
        assert set(reading.words) <= known
        assert 2 <= len(re.findall(r"[.?](?=”? |$)", reading.text)) <= 5, reading.key
        assert len(reading.text.split()) <= 80, reading.key


@pytest.mark.parametrize("path", PAGES)
def test_every_block_says_how_it_is_read(path: str, visit: Callable) -> None:
    page = tree(visit("approver").get(path).text)
    found = readings(page)
    assert set(found) >= PAGES[path]
    for key, node in found.items():
        assert reading_of(key).text in node.text
        assert f"/docs/how-to-read#{key}" in node.links()
        assert "open" not in node.attributes


def test_no_reading_is_forgotten() -> None:
    known = {reading.key for reading in READINGS}
    assert set().union(*PAGES.values()) | ELSEWHERE == known
    asked = re.compile(r'(?:reading=|how_to_read\(|else |reading=none if \w+ else )"([\w-]+)"')
    texts = "".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))
    assert known - set(asked.findall(texts)) == set()


def test_readings_use_the_numbers_of_their_page(visit: Callable) -> None:
    found = readings(tree(visit("approver").get("/experiments/ship").text))
    assert "Here: Cross-sell orders changed by +12.5%" in found["metrics"].text
    assert "was planned to get 50.0% of the visitors and got" in found["split"].text


def test_paper_explains_nothing(visit: Callable) -> None:
    for path in ("/experiments/ship/report", "/experiments/ship/report.html"):
        assert readings(tree(visit("approver").get(path).text)) == {}


def readings(page: Node) -> dict[str, Node]:
    """The unfolding texts of a page by key."""
    found = page.find(lambda node: node.tag == "details" and "reading" in node.classes)
    return {BY_TITLE[_title(node)]: node for node in found}


def _title(node: Node) -> str:
    (summary,) = node.find(lambda one: one.tag == "summary")
    return summary.text.split(":", 1)[1].strip()
