"""The search page, its suggestions, and the list of shortcuts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tests.html_tree import tree
from web.pages.shortcuts import SHORTCUTS


def test_the_page_works_without_scripts(visit: Callable, says: Callable) -> None:
    words = says(visit("viewer").get("/search?q=digital share"))
    assert "found for “digital share”, titles first. Digital share Metric" in words
    assert "Digital share Definition" in words
    assert "Nothing found for “zebra crossing”" in says(visit("viewer").get("/search?q=zebra+crossing"))
    assert "What are you looking for?" in says(visit("viewer").get("/search"))


def test_sections_of_the_documentation_are_found(visit: Callable) -> None:
    page = tree(visit("viewer").get("/search?q=on+the+command+line").text)
    assert "/docs/planning#section-on-the-command-line" in page.links()


def test_suggestions_are_options_of_a_list(visit: Callable) -> None:
    part = visit("viewer").fragment("/search/suggest?q=entry")
    options = tree(part.text).find(lambda node: node.attributes.get("role") == "option")
    assert 1 < len(options) <= 9
    assert len({option.attributes["id"] for option in options}) == len(options)
    assert options[-1].attributes["data-href"] == "/search?q=entry"
    assert "Nothing found" in visit("viewer").fragment("/search/suggest?q=zebra").text
    assert visit("viewer").fragment("/search/suggest?q=").text.strip() == ""


def test_words_are_shown_as_typed(visit: Callable) -> None:
    page = visit("viewer").get('/search?q="><script>alert(1)</script>')
    assert "<script>alert(1)" not in page.text


def test_dialog_and_script_have_one_list(visit: Callable) -> None:
    for role, usable in (("editor", SHORTCUTS), ("viewer", [one for one in SHORTCUTS if not one.needs_edit])):
        page = visit(role).get("/goals").text
        given = re.search(r"<script type=\"application/json\" data-shortcuts>(.*?)</script>", page, re.DOTALL)
        assert given is not None
        assert [each["keys"] for each in json.loads(given.group(1))] == [list(one.keys) for one in usable]
        (dialog,) = tree(page).find(lambda node: node.attributes.get("id") == "dialog-shortcuts")
        assert all(one.label in dialog.text for one in usable)


def test_no_shortcut_hides_another_and_each_leads_somewhere(visit: Callable) -> None:
    keys = [one.keys for one in SHORTCUTS]
    assert len(set(keys)) == len(keys)
    assert not [one for one in keys for other in keys if len(one) < len(other) and other[: len(one)] == one]
    for one in SHORTCUTS:
        assert bool(one.href) is not bool(one.action)
        if one.href:
            assert visit("editor").get(one.href).status_code in (200, 302), one.href


def test_programs_search_too(visit: Callable) -> None:
    hits = visit("viewer").get("/api/v1/search?q=digital").json["hits"]
    assert ("metric", "Digital share") in [(hit["kind"], hit["title"]) for hit in hits]


def test_strangers_find_nothing(stranger) -> None:
    assert stranger.get("/search?q=entry").status_code == 302
    assert "data-shortcuts" not in stranger.get("/sign-in").text
