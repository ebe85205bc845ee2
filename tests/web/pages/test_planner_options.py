"""Every option of `netlift power` in the planner, its curves, and every way to take a plan along."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlalchemy import Engine
from werkzeug.datastructures import MultiDict

from experiments.decision.sizing import Sizing, reach_in_weeks, size_test
from experiments.decision.sizing.curves import detectable_by_weeks, units_by_effect
from experiments.services import drafts
from experiments.services.default_metrics import default_metrics
from experiments.services.sessions import reading
from experiments.stats.power import Traffic
from web.cli.power import power as power_command
from web.cli.power_lines import parse_goal, parse_guardrail
from web.pages.fields import Form
from web.pages.planner import EXAMPLE
from web.pages.planning.answer import TABLE
from web.pages.planning.options import FIELDS_OF, address_of, read_question
from web.pages.planning.snippet import python_snippet
from web.pages.sizing_answer import command_line

QUESTIONS = {
    "example": EXAMPLE,
    "absolute effect": EXAMPLE | {"goal_scale": "absolute", "goal_effect": "0.4", "goal_explained": "20"},
    "two goals": EXAMPLE
    | {"goal2": "all-sales", "goal2_baseline": "7", "goal2_effect": "5", "goal_rule": "any", "spending": "pocock"},
    "design": EXAMPLE
    | {"alpha": "5", "allocation": "0.5", "window": "14", "currency": "usd", "guardrail1_expect": "-1",
       "guardrail1_explained": "10"},
    "correlated": EXAMPLE | {"correlation": "0.3", "variant_count": "3"},
    "less is better": EXAMPLE
    | {"goal": "contacts", "goal_baseline": "0.118", "goal_sd": "0.41", "goal_scale": "absolute",
       "goal_effect": "0.01"},
    "agents": EXAMPLE
    | {"goal": "digital-share", "goal_baseline": "40", "goal_value": "", "guardrail1": "csat",
       "guardrail1_baseline": "7.5", "guardrail1_sd": "2", "guardrail1_value": "", "traffic": "", "agents": "400",
       "contacts": "120", "icc": "3", "contacts_cv": "40"},
}  # fmt: skip


def asked(question: dict[str, str]) -> Sizing:
    form = Form(MultiDict(question))
    found = read_question(form, default_metrics(), "EUR").sized.sizing
    assert form.errors == {}
    assert found is not None
    return found


def test_no_option_of_the_command_is_missing(visit: Callable) -> None:
    options = {parameter.name for parameter in power_command.params} - {"as_json"}
    assert set(FIELDS_OF) == options
    page = visit("viewer").get("/planner").text
    for fields in FIELDS_OF.values():
        for field in fields:
            assert f'name="{field}"' in page, field


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_python_gives_the_same_number(question: dict[str, str]) -> None:
    sizing = asked(question)
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(python_snippet(sizing), names)
    assert names["question"] == sizing
    assert names["outcome"] == size_test(sizing)
    assert said.getvalue().startswith(f"{size_test(sizing).joint_total} units, ")


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_command_asks_the_same(question: dict[str, str]) -> None:
    sizing = asked(question)
    given = power_command.make_context("power", shlex.split(command_line(sizing))[2:]).params
    assert tuple(parse_goal(text) for text in given["goals"]) == sizing.goals
    assert tuple(parse_guardrail(text) for text in given["guardrails"]) == sizing.guardrails
    assert (given["alpha"], given["spending"], given["goal_rule"], given["correlation"], given["window"]) == (
        sizing.alpha, sizing.spending.value, sizing.goal_rule.value, sizing.correlation, sizing.window_days,
    )  # fmt: skip
    assert (given["allocation"], given["variants"], given["currency"]) == (
        sizing.allocation, sizing.variants, sizing.currency,
    )  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_address_holds_everything_and_no_default(question: dict[str, str]) -> None:
    address = address_of(Form(MultiDict(question | {"alpha": question.get("alpha", "2.5"), "utm_source": "x"})))
    assert asked(dict(parse_qsl(address))) == asked(question)
    assert "alpha=2.5" not in address
    assert "utm" not in address


def test_curves_agree_with_the_plan() -> None:
    sizing = asked(EXAMPLE | {"looks": "1"})
    outcome = size_test(sizing)
    goal = outcome.line("cross-sell")
    points = {round(point.effect, 6): point for point in units_by_effect(sizing)}
    assert points[0.1].units_total == goal.total
    assert points[0.05].units_total / points[0.1].units_total == pytest.approx(4, rel=0.1)
    lines = {line.key: line for line in detectable_by_weeks(sizing, outcome)}
    week = lines["up-sell"].weeks.index(4)
    found = reach_in_weeks(sizing.goals, sizing.guardrails, 4, Traffic.per_week(90_000.0))
    rise, margin = found.line("cross-sell").smallest_rise, found.line("up-sell").smallest_margin
    assert rise is not None
    assert margin is not None
    assert lines["cross-sell"].relative[week] == pytest.approx(rise.relative)
    assert lines["up-sell"].relative[week] == pytest.approx(margin.relative)
    falling = [value for value in lines["up-sell"].relative if value is not None]
    assert falling == sorted(falling, reverse=True)


def test_a_given_size_says_what_it_can_show(visit: Callable, says: Callable) -> None:
    page = visit("viewer").get(f"/planner?{urlencode(EXAMPLE | {'weeks': '4'})}")
    assert "What this size can show 4 weeks 180,000 units in the control, 360,000 in all" in says(page)
    command = re.search(r'<code id="power-command">(.*?)</code>', page.text)
    assert command is not None
    assert unescape(command.group(1)).endswith("--weeks 4")
    refused = says(visit("viewer").get(f"/planner?{urlencode(EXAMPLE | {'weeks': '900'})}"))
    assert "is 900, must be at least 1 and at most 104" in refused


def test_looks_of_goals_that_share_the_error_have_two_boundaries(visit: Callable, says: Callable) -> None:
    page = visit("viewer").get(f"/planner?{urlencode(QUESTIONS['two goals'])}")
    assert "Boundary z of each goal Boundary z of guardrails" in says(page)
    assert "Information Boundary z 1" in says(visit("viewer").get(f"/planner?{urlencode(EXAMPLE)}"))


def test_history_becomes_a_command(visit: Callable) -> None:
    query = EXAMPLE | {"page": "/tv/*", "holdings": "mobile", "holdings_not": "tv, broadband", "days": "28"}
    page = visit("viewer").get(f"/planner?{urlencode(query)}").text
    found = re.search(r'<code id="power-history">(.*?)</code>', page)
    assert found is not None
    words = shlex.split(unescape(found.group(1)))
    given = power_command.make_context("power", words[2:]).params
    assert given["goals"] == ("cross-sell:+10%:value=240",)
    assert given["guardrails"] == ("up-sell:5%:value=180",)
    assert (given["page"], given["holdings"], given["holdings_not"]) == ("/tv/*", ("mobile",), ("tv", "broadband"))


def test_agents_are_looked_back_at_as_agents(visit: Callable) -> None:
    page = visit("viewer").get(f"/planner?{urlencode(QUESTIONS['agents'])}").text
    found = re.search(r'<code id="power-history">(.*?)</code>', page)
    assert found is not None
    assert "--unit agent" in unescape(found.group(1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alpha": "30"}, "Error, one-sided is 30%, must be above 0% and at most 20%"),
        ({"correlation": "2"}, "Correlation of the metrics is 2, must be at least -1 and at most 1"),
        ({"allocation": "0.001"}, "Units per variant over the control's is 0.001, must be at least 0.01"),
        ({"goal2": "nothing"}, "is 'nothing', which is no metric."),
        ({"goal2": "cross-sell", "goal2_baseline": "3", "goal2_effect": "5"}, "metrics"),
        ({"spending": "all"}, "Error is spent is 'all', must be one of"),
        ({"goal_explained": "120"}, "Explained by covariates is 120%, must be at least 0% and below 100%"),
    ],
)
def test_a_bad_option_is_named(changes: dict[str, str], message: str, visit: Callable, says: Callable) -> None:
    page = visit("viewer").get(f"/planner?{urlencode(EXAMPLE | changes)}")
    assert page.status_code == 200
    assert message in says(page)


def test_the_table_is_a_file(visit: Callable) -> None:
    answer = visit("viewer").get(f"/planner.csv?{urlencode(EXAMPLE)}")
    lines = answer.text.splitlines()
    assert lines[0] == ",".join(TABLE)
    assert [line.split(",")[0] for line in lines[1:]] == ["cross-sell", "up-sell", "whole rule"]
    assert visit("viewer").get("/planner.csv?goal=cross-sell").status_code == 422


def test_a_plan_becomes_a_draft_in_the_builder(as_role: Callable, engine: Engine, says: Callable) -> None:
    editor = as_role("editor")
    page = editor.get(f"/planner?{urlencode(EXAMPLE | {'alpha': '5'})}")
    assert "The builder plans with the usual values of what it does not ask: error." in says(page)
    (href,) = re.findall(r'href="(/experiments/build\?[^"]+)"', page.text)
    brought = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', editor.get(unescape(href)).text))
    data = {**brought, "name": "Entry for late visitors", "template": "blank"}
    assert editor.post("/experiments/build", data).location == "/experiments/entry-for-late-visitors/build"
    with reading(engine) as session:
        made = drafts.load(session, "entry-for-late-visitors")
    assert made.answers is not None
    assert (made.answers["guardrail1_margin"], made.answers["traffic"]) == (["5"], ["90000"])
    assert made.experiment.plan.binding == "up-sell"
    assert "Start an experiment" not in as_role("viewer").get("/planner").text


def test_guardrails_of_an_address_stay_in_the_form_and_no_others_are_asked_for(visit: Callable) -> None:
    third = {"guardrail3": "contacts", "guardrail3_baseline": "0.4", "guardrail3_margin": "10", "guardrail3_sd": "1"}
    editor = visit("editor")
    alone = editor.get(f"/planner?{urlencode(EXAMPLE)}").text
    assert "guardrail2_expect" in alone
    assert "guardrail3" not in alone
    asked = editor.get(f"/planner?{urlencode(EXAMPLE | third)}").text
    assert re.search(r'name="guardrail3_margin"[^>]*value="10"', asked)
    assert "guardrail3_expect" in asked
    assert "guardrail4" not in asked
