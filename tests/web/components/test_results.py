"""The blocks of a results page: banner, split check, metric table."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from experiments.decision.words import Action, Verdict

Render = Callable[..., str]
VARIANTS = [{"key": "a", "title": "Control"}, {"key": "b", "title": "Entry"}]
BANNER = '{% from "components/decision.html" import decision_banner %}{{ decision_banner(decision) }}'


@pytest.mark.parametrize("action", Action)
def test_the_banner_says_only_what_the_decision_says(action: Action, render: Render, sample: SimpleNamespace) -> None:
    html = render(BANNER, decision=sample.decision(action, title="Title of it"))
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert text == "Title of it Orders rose. Rule: goal superior 1 reason One fact."
    tones = {"ship": "gain", "cannibalising": "loss", "harm": "loss", "net_loss": "loss", "invalid": "warn"}
    assert f"tone-{tones.get(action.value, 'neutral')}" in html


def test_a_provisional_decision_and_several_variants_are_named(render: Render, sample: SimpleNamespace) -> None:
    several = sample.decision(provisional=True, variants={"b": Action.SHIP, "c": Action.HARM})
    html = render(BANNER.replace("(decision)", "(decision, variant_titles={'b': 'Entry'})"), decision=several)
    assert "Provisional, between looks" in html
    assert "Entry: Ship" in html
    assert "c: Harm" in html


SPLIT = """{% from "components/split.html" import split_check %}
{% call split_check(split, variants) %}the effects{% endcall %}"""


def test_effects_hide_behind_a_broken_split(render: Render, sample: SimpleNamespace) -> None:
    html = render(SPLIT, split=sample.split("broken", 1e-13), variants=VARIANTS)
    assert re.search(
        r"<details[^>]*>\s*<summary>Show the effects anyway</summary>.*the effects.*</details>", html, re.DOTALL
    )
    assert "1 in 10¹³" in html
    assert "A late exposure call" in html
    assert "open" not in re.search(r"<details[^>]*show-anyway[^>]*>", html).group(0)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "words"), [("ok", "Split as planned."), ("not_testable", "Split not testable yet.")]
)
def test_effects_show_where_the_split_is_not_broken(
    status: str, words: str, render: Render, sample: SimpleNamespace
) -> None:
    html = render(SPLIT, split=sample.split(status, None), variants=VARIANTS)
    assert words in html
    assert "Show the effects anyway" not in html
    assert "the effects" in html


TABLE = '{% from "components/metrics.html" import metric_table %}{{ metric_table(results, "Entry") }}'


def test_the_metric_table_prints_the_interval_of_the_verdict(render: Render, sample: SimpleNamespace) -> None:
    html = render(TABLE, results=[sample.result()])
    for words in ("95% interval (Fieller)", "3.15%", "3.55%", "+12.5%", "+8.7% to +16.3%", "Guardrail, limit −5%"):
        assert words in html
    absolute = render(TABLE, results=[sample.result(shown="absolute")])
    assert "+0.40\u00a0pp" in absolute
    assert "+0.27\u00a0pp to +0.51\u00a0pp" in absolute


def test_between_looks_the_metric_table_has_no_numbers(render: Render, sample: SimpleNamespace) -> None:
    nothing = {scale: sample.effect(scale, None, None, None) for scale in ("relative", "absolute")}
    waiting = sample.result(verdict=Verdict.NOT_SHOWN, control_value=None, variant_value=None, **nothing)
    html = render(TABLE, results=[waiting])
    assert "no interval" in html
    assert "Not shown yet" in html
    assert "None" not in html
    assert "0.00%" not in html
