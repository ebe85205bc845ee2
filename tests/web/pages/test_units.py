"""Beside every value of today stands the unit of the metric that is chosen, in the builder and in the planner."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from experiments.services.metrics import default_metrics
from tests.web.pages.test_builder import KEY, begin, filled, send
from web.pages.metric_forms import unit_word
from web.pages.planner import EXAMPLE

AFFIX = re.compile(r'<span class="input-affix" aria-hidden="true" id="unit-(\w+)"( hx-swap-oob="true")?>([^<]*)</span>')


def units(html: str, *, anew: bool = False) -> dict[str, str]:
    """{line: unit} beside the fields, or in the answer that replaces them."""
    return {line: unit for line, swapped, unit in AFFIX.findall(html) if bool(swapped) is anew}


def test_each_kind_of_metric_has_its_unit() -> None:
    found = {metric.key: unit_word(metric, "CHF") for metric in default_metrics()}
    wanted = {"cross-sell": "%", "digital-share": "%", "revenue": "CHF", "contacts": "per unit", "csat": ""}
    assert {key: found[key] for key in wanted} == wanted
    assert found["handle-time"] == "seconds"


def test_the_metrics_step_shows_it_and_follows_the_choice(as_role: Callable) -> None:
    editor = as_role("editor")
    begin(editor)
    send(editor, KEY, "metrics", filled(guardrail1="revenue", guardrail2="csat"))
    page = editor.get(f"/experiments/{KEY}/build/metrics").text
    shown = units(page)
    assert (shown["goal"], shown["guardrail1"], shown["guardrail2"], shown["guardrail3"]) == ("%", "EUR", "", "")
    answer = editor.fragment(f"/experiments/{KEY}/build/metrics", filled(goal="revenue", guardrail1="contacts")).text
    anew = units(answer, anew=True)
    assert (anew["goal"], anew["guardrail1"], anew["guardrail2"]) == ("EUR", "per unit", "")


@pytest.mark.parametrize("line", ["goal", "goal2", "guardrail1", "guardrail3"])
def test_the_planner_too(visit: Callable, line: str) -> None:
    viewer = visit("viewer")
    asked = urlencode(EXAMPLE | {"goal2": "up-sell", "guardrail3": "contacts", line: "revenue", "currency": "CHF"})
    assert units(viewer.get(f"/planner?{asked}").text)[line] == "CHF"
    assert units(viewer.fragment(f"/planner?{asked}").text, anew=True)[line] == "CHF"
