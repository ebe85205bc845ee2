"""What pages say of a bad field: its label, with value and bound in the unit that was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from web.formatters.refusals import in_typed_unit, name_fields, refused

PRODUCT = {"name": "Fibre", "key": "fibre", "family": "tv", "tier": "1", "months": "24", "price": "20", "margin": "5"}
GOAL = {"metric": "up-sell", "margin": "5", "margin_form": "relative", "agreed_by": "Ada Adler", "reason": "Agreed",
        "agreed_on": "2025-01-15", "review_on": "2025-07-15"}  # fmt: skip
MONEY = {"margin": "0", "metric": "revenue", "margin_form": "absolute"}
IDEA = {"title": "A test", "effort_days": "-3"}
#: A dotted path, or a name with an underscore, where a sentence begins.
PATH = re.compile(r"^[a-z]\w*([._]\w+)+ (==|has|holds|is)")


def told(page: str) -> dict[str, str]:
    found = re.findall(r'<p class="field-error" id="error-([\w-]+)">.*?</svg>(.*?)</p>', page, re.DOTALL)
    return {name: unescape(message) for name, message in found}


@pytest.mark.parametrize(
    ("address", "typed", "field", "message"),
    [
        ("/account/name", {"name": "x" * 300}, "name", "Name has 300 characters, must have at most 200."),
        ("/data/products/new", PRODUCT | {"price": "-1.50"}, "price", "is -1.50, must be at least 0 and at most"),
        ("/data/products/new", PRODUCT | {"components": "a*b"}, "components", "Components of a bundle is 'a*b', must"),
        ("/goals", GOAL | {"margin": "150"}, "margin", "Accepted loss is 150%, must be above 0% and below 100%."),
        ("/goals", GOAL | MONEY, "margin", "Accepted loss is 0,"),
        ("/backlog/new", IDEA, "effort_days", "must be at least 0"),
        ("/keys", {"label": "x" * 201, "kind": "client"}, "label", "Label has 201 characters, must have at most 200."),
        ("/admin/invitations", {"email": "nobody", "role": "editor"}, "email", "E-mail address is 'nobody'"),
    ],
)  # fmt: skip
def test_a_form_speaks_of_its_labels(
    address: str, typed: dict[str, str], field: str, message: str, as_role: Callable
) -> None:
    refused = as_role("admin").post(address, typed)
    assert refused.status_code == 422
    found = told(refused.text)
    assert found[field].startswith(message) or message in found[field], found
    assert not PATH.match(found[field])
    assert "data-names" not in refused.text
    top = re.search(rf'<a href="#field-{field}">(.*?)</a>', refused.text)
    assert top is None or unescape(top[1]) == found[field]


def test_a_path_in_a_message_on_top_of_a_page_is_said_in_words(as_role: Callable) -> None:
    editor = as_role("editor")
    assert editor.post("/data/aliases", {"alias": "x" * 300, "product": "tv-s"}).status_code == 302
    answer = editor.get("/data/products")
    (flash,) = re.findall(r'class="flash flash-loss".*?<p>(.*?)</p>', answer.text, re.DOTALL)
    assert not PATH.match(flash)
    assert flash[0].isupper()


@pytest.mark.parametrize(
    ("message", "typed", "factor", "expected"),
    [
        ("power == 1.5, must be >= 0.5 and < 1.", "150", 0.01, "power == 150%, must be >= 50% and < 100%."),
        ("end == 0.07, must be > start == 0.29.", "7 %", 0.01, "end == 7%, must be > start == 29%."),
        ("net.cost == -150.0, must be >= 0.", "-1.5", 100, "net.cost == -1.5, must be >= 0."),
        ("metrics holds 'tv-1' twice, must be distinct.", "7", 0.01, "metrics holds 'tv-1' twice, must be distinct."),
        ("The goal is empty, choose 1.", "", 0.01, "The goal is empty, choose 1."),
    ],
)  # fmt: skip
def test_numbers_are_told_as_typed(message: str, typed: str, factor: float, expected: str) -> None:
    assert in_typed_unit(message, typed, factor) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("power == 150%, must be >= 50% and < 100%.", "Power is 150%, must be at least 50% and below 100%."),
        ("end == 7%, must be > start == 29%.", "End is 7%, must be above start, which is 29%."),
        ("name == '', must be 1 to 64 characters.", "Name is empty, must be 1 to 64 characters."),
        ("goal == 'a == b, is c', is no metric.", "Goal is 'a == b, is c', which is no metric."),
    ],
)
def test_pages_say_it_without_signs_of_code(message: str, expected: str) -> None:
    assert unescape(refused(message)) == expected


def test_a_label_of_the_page_takes_the_place_of_a_mark() -> None:
    mark = '<span data-names="{0}">Plain</span> is empty.'
    label = '<label for="field-a">Your <b>name</b></label>'
    group = '<fieldset class="field" id="field-b">\n<legend>Which &amp; why</legend>'
    assert name_fields(mark.format("a") + label).startswith("Your is empty.")
    assert name_fields(mark.format("b") + group).startswith("Which &amp; why is empty.")
    assert name_fields(mark.format("c") + label).startswith("Plain is empty.")
