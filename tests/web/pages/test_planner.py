"""The planner: its answer, its address, and the command that asks the same."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from html import unescape
from urllib.parse import urlencode

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from experiments.decision.sizing import Sizing, size_test
from experiments.services.default_metrics import default_metrics
from web.cli.power import power as power_command
from web.cli.power_lines import parse_goal, parse_guardrail
from web.pages.fields import Form
from web.pages.planner import EXAMPLE
from web.pages.sizing_answer import command_line
from web.pages.sizing_form import FIELDS, Arms, address_of, read_sizing

Says = Callable[[TestResponse], str]
QUESTIONS = {
    "example": EXAMPLE,
    "per 1,000": EXAMPLE | {"guardrail1_form": "per_1000", "guardrail1_margin": "2", "looks": "1"},
    "share of the gain": EXAMPLE | {"guardrail1_form": "gain_share", "guardrail1_margin": "30", "variant_count": "3"},
    "money": EXAMPLE | {"goal": "revenue", "goal_baseline": "1.82", "goal_sd": "8.9", "goal_value": ""},
    "ratio": EXAMPLE | {"goal": "digital-share", "goal_baseline": "58", "goal_sd": "310", "power": "90"},
    "less is better": EXAMPLE
    | {"guardrail2": "contacts", "guardrail2_baseline": "0.118", "guardrail2_sd": "0.41", "guardrail2_margin": "4"},
    "no guardrail": {name: value for name, value in EXAMPLE.items() if not name.startswith("guardrail")},
}


def sized(question: dict[str, str]) -> Sizing:
    form = Form(MultiDict(question))
    found = read_sizing(form, default_metrics(), "EUR", Arms(int(question["variant_count"])))
    assert form.errors == {}
    assert found.sizing is not None
    return found.sizing


def asked_on_the_command_line(words: str) -> Sizing:
    """What `netlift power` would calculate."""
    program, command, *rest = shlex.split(words)
    assert (program, command) == ("netlift", "power")
    given = power_command.make_context("power", rest).params
    return Sizing(
        goals=tuple(parse_goal(text) for text in given["goals"]),
        guardrails=tuple(parse_guardrail(text) for text in given["guardrails"]),
        traffic_per_week=given["traffic"], power=given["wanted"], looks=given["looks"], variants=given["variants"],
        allocation=given["allocation"], window_days=given["window"], currency=given["currency"],
    )  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_command_line_asks_the_same_question(question: dict[str, str]) -> None:
    page = sized(question)
    assert size_test(asked_on_the_command_line(command_line(page))) == size_test(page)


def test_unequal_arms_stand_in_the_command_line() -> None:
    form = Form(MultiDict(EXAMPLE))
    found = read_sizing(form, default_metrics(), "EUR", Arms(2, 0.25))
    assert found.sizing is not None
    assert asked_on_the_command_line(command_line(found.sizing)) == found.sizing


def test_tiny_numbers_are_written_without_an_exponent() -> None:
    question = EXAMPLE | {"goal_baseline": "0.0004", "guardrail1_baseline": "0.00003", "traffic": "999999999999"}
    words = command_line(sized(question))
    assert "cross-sell:0.000004:" in words
    assert "up-sell:0.0000003:" in words
    assert "e-" not in words.replace("netlift", "")


def test_a_newcomer_sees_an_example_with_its_answer(visit: Callable, says: Says) -> None:
    page = visit("viewer").get("/planner")
    words = says(page)
    assert "an example to change" in words
    assert "The guardrail decides: 4 weeks Up-sell orders needs the most units." in words
    assert "Guarding takes 2.7 times the units of the goal." in words
    assert "5.0% of the value today · 2.10 per 1,000 units · 9,828 a year · €1,769,040 a year" in words
    assert "277,988" in words
    assert re.search(r'<th scope="row">4</th><td class="numeric">100%</td>', page.text)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_address_holds_all_inputs(question: dict[str, str], visit: Callable) -> None:
    answer = visit("viewer").fragment(f"/planner?{urlencode(question)}")
    address = answer.headers["HX-Replace-Url"]
    again = visit("viewer").get(address)
    assert again.status_code == 200
    commands = [
        re.search(r'<code id="power-command">(.*?)</code>', page.text)  # the whole question in one line
        for page in (answer, again)
    ]
    assert commands[0] is not None
    assert commands[1] is not None
    assert unescape(commands[0].group(1)) == unescape(commands[1].group(1)) == command_line(sized(question))


def test_the_address_holds_nothing_else() -> None:
    form = Form(MultiDict(EXAMPLE | {"utm_source": "x", "csrf_token": "secret", "goal_sd": " "}))
    assert address_of(form) == urlencode({name: EXAMPLE[name] for name in FIELDS if name in EXAMPLE})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"goal": "nothing"}, "is 'nothing', which is no metric."),
        ({"guardrail1_form": "nothing"}, "The loss is stated as is 'nothing', must be one of"),
        ({"variant_count": "1"}, "Variants is 1, must be at least 2"),
        ({"variant_count": "many"}, "Variants is 'many', must be a number"),
        ({"traffic": "-1"}, "must be above 0"),
        ({"power": "²"}, "Power is '²', must be a number"),
        ({"looks": "1e9"}, "Looks is '1e9', must be a number"),
        ({"goal_baseline": "9" * 400}, "must be a number"),
        ({"goal": "\x00"}, "is no metric"),
        (
            {
                f"guardrail3{part}": text
                for part, text in (
                    ("", "contacts"),
                    ("_baseline", "0.1"),
                    ("_sd", "0.3"),
                    ("_margin", "120"),
                    ("_form", "relative"),
                )
            },
            "Accepted loss is 120%, must be above 0% and below 100%",
        ),
    ],
)
def test_a_bad_field_is_named(changes: dict[str, str], message: str, visit: Callable, says: Says) -> None:
    address = f"/planner?{urlencode(EXAMPLE | changes)}"
    page = visit("viewer").get(address)
    assert page.status_code == 200
    assert message in says(page)
    assert "Not calculated yet" in says(visit("viewer").fragment(address))


def test_traffic_that_is_far_too_small_is_advised_on(visit: Callable, says: Says) -> None:
    page = says(visit("viewer").get(f"/planner?{urlencode(EXAMPLE | {'traffic': '1000'})}"))
    assert "278 weeks" in page
    assert "agree the margin in money" in page


def test_a_goal_that_starts_at_nothing_is_planned_by_its_absolute_effect(visit: Callable, says: Says) -> None:
    """No change is a share of nothing: the chance under past tests has no scale there, and the page had none either."""
    money = {"goal": "revenue", "goal_baseline": "0", "goal_sd": "30", "goal_effect": "0.5", "goal_scale": "absolute"}
    page = visit("viewer").get(f"/planner?{urlencode(EXAMPLE | money)}")
    assert page.status_code == 200
    assert "What past tests say of this plan" not in says(page)


@pytest.mark.parametrize(
    ("changes", "heading"),
    [
        ({"traffic": "900000"}, "2 weeks, the least that a test takes Up-sell orders needs the most units. Guarding"),
        ({"traffic": "200000"}, "The guardrail decides: 2 weeks Up-sell orders needs the most units. Guarding takes 2"),
        ({"guardrail1_margin": "20"}, "The goal decides: 2 weeks Cross-sell orders needs the most units. How to read"),
        ({"guardrail1": "", "traffic": "60000"}, "The goal decides: 2 weeks Cross-sell orders is the only part of the"),
    ],
)
def test_the_heading_names_what_decides_and_nothing_else(
    changes: dict[str, str], heading: str, visit: Callable, says: Says
) -> None:
    """Two weeks that every test takes are decided by no metric, and a guardrail that needs fewer units costs none."""
    assert heading in says(visit("viewer").get(f"/planner?{urlencode(EXAMPLE | changes)}"))
