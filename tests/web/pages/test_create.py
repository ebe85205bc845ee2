"""The new-experiment form: what it saves, and what it says where a field does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.audience import Operator
from experiments.domain.experiment import Status, UnitKind
from experiments.domain.metric import Margin, Role, Scale
from experiments.services.experiments import by_key
from experiments.store.engines import reading

Says = Callable[[TestResponse], str]
FILLED: dict[str, Any] = {
    "name": "Personal entry for mobile customers",
    "hypothesis_offer": "a personal entry.",
    "hypothesis_whom": "mobile customers",
    "hypothesis_will": "raise sales",
    "hypothesis_because": "they see what fits",
    "hypothesis_seen": "cross-sell orders",
    "unit": "customer",
    "audience": "Mobile customers",
    "holds": ["mobile"],
    "holds_not": ["tv", "broadband"],
    "variant1_name": "Page as it is",
    "variant2_name": "Personal entry",
    "variant2_payload": '{"label": "Für dich"}',
    "goal": "cross-sell",
    "goal_baseline": "3.2",
    "goal_effect": "10",
    "goal_value": "240",
    "guardrail1": "up-sell",
    "guardrail1_baseline": "4.2",
    "guardrail1_margin": "5",
    "guardrail1_form": "relative",
    "guardrail1_value": "180",
    "secondary": ["all-sales", "up-sell"],
    "traffic": "90 000",
    "power": "80",
    "looks": "3",
    "action": "save",
}
KEY = "personal-entry-for-mobile-customers"


def filled(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**FILLED, **changes}.items() if value is not None}


def errors(page: str) -> dict[str, str]:
    """Messages by field, as they stand under the fields."""
    found = re.findall(r'<p class="field-error" id="error-([\w-]+)">.*?</svg>(.*?)</p>', page, re.DOTALL)
    return {name: unescape(message) for name, message in found}


def test_a_filled_form_becomes_a_draft_that_may_be_launched(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    saved = editor.post("/experiments/new", filled())
    assert saved.location == f"/experiments/{KEY}"
    with reading(engine) as session:
        test = by_key(session, KEY)
    assert (test.status, test.unit, test.owner) == (Status.DRAFT, UnitKind.CUSTOMER, "edda@example.org")
    assert test.hypothesis == (
        "We believe that a personal entry for mobile customers will raise sales, because they see what fits; "
        "we will see it in cross-sell orders."
    )
    assert [(rule.op, rule.values) for rule in test.phase.audience.rules] == [
        (Operator.ANY_OF, ("mobile-small", "mobile-large")),
        (Operator.NONE_OF, ("broadband-small", "broadband-large", "tv-small", "tv-large")),
    ]
    control, entry = test.phase.variants
    assert (control.key, control.weight, control.payload) == ("control", 0.5, None)
    assert (entry.key, entry.name, entry.payload) == ("personal-entry", "Personal entry", {"label": "Für dich"})
    assert [(use.metric, use.role, use.effect, use.margin) for use in test.metrics] == [
        ("cross-sell", Role.GOAL, 0.1, None),
        ("up-sell", Role.GUARDRAIL, None, Margin(Scale.RELATIVE, 0.05)),
        ("all-sales", Role.SECONDARY, None, None),
    ]
    plan = test.plan
    assert (plan.weeks, plan.looks, plan.binding, plan.traffic_per_week) == (4, 3, "up-sell", 90_000)
    assert plan.units_per_variant == 138_994
    assert plan.maturation_days == 42
    assert test.missing_for_launch() == ()
    page = says(editor.get(saved.location))
    assert "is saved. Check it and launch." in page
    assert "Ready to launch." in page
    assert "9,828 a year · €1,769,040 a year" in page
    assert "Holds at least one of Mobile Small, Mobile Large" in page


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "The name is empty"),
        ({"name": "x" * 201}, "name", "has 201 characters, must have at most 200"),
        ({"name": "日本"}, "key", "The key is empty, and the name gives none"),
        ({"key": "Not A Key"}, "key", "must be 1 to 64 lower-case letters"),
        ({"key": "new"}, "key", "is an address of the product"),
        ({"key": "ship"}, "key", "exists already"),
        ({"hypothesis_because": " "}, "hypothesis_because", "“because …” is empty"),
        ({"hypothesis_seen": "x" * 4000}, "hypothesis_offer", "must have at most 4000"),
        ({"unit": "household"}, "unit", "unit == 'household', must be one of visitor, customer"),
        ({"audience": "x" * 201}, "audience", "must have at most 200"),
        ({"holds": ["gas"]}, "holds", "holds == 'gas', is no family with products"),
        ({"variant2_name": ""}, "variant2_name", "The name of variant 2 is empty"),
        ({"variant2_name": "Control"}, "variant2_name", "must differ from the others"),
        ({"variant3_payload": "{}"}, "variant3_name", "The name of variant 3 is empty"),
        ({"variant2_payload": "{label}"}, "variant2_payload", "The payload is no JSON"),
        ({"variant2_payload": "NaN"}, "variant2_payload", "NaN is no JSON number"),
        ({"variant2_payload": "[" * 50_000}, "variant2_payload", "The payload is no JSON"),
        ({"variant2_payload": '"' + "x" * 17_000 + '"'}, "variant2_payload", "must have at most 16384"),
        ({"variant1_weight": "90"}, "variant2_weight", "must be given for all variants or for none"),
        ({"variant1_weight": "90", "variant2_weight": "20"}, "variant1_weight", "sum to 110%, must sum to 100%"),
        ({"variant1_weight": "half", "variant2_weight": "50"}, "variant1_weight", "'half', must be a number"),
        ({"variant1_weight": "0", "variant2_weight": "100"}, "variant1_weight", "must be > 0 and < 1"),
        (
            {"variant3_name": "C", "variant1_weight": "50", "variant2_weight": "30", "variant3_weight": "20"},
            "variant2_weight",
            "must be equal to size the test",
        ),
        ({"goal": ""}, "goal", "The goal is empty, choose a metric"),
        ({"goal": "profit"}, "goal", "goal == 'profit', is no metric"),
        ({"goal_baseline": "3,2"}, "goal_baseline", "'3,2', must be a number such as 3.2"),
        ({"goal_baseline": "nan"}, "goal_baseline", "'nan', must be a number"),
        ({"goal_baseline": "1e309"}, "goal_baseline", "must be a number"),
        ({"goal_baseline": "130"}, "goal_baseline", "baseline == 1.3, must be > 0 and < 1"),
        ({"goal_effect": "0"}, "goal_effect", "must not be 0"),
        ({"goal_effect": "5000"}, "goal_effect", "must be between 0 and 1"),
        ({"goal_value": "-3"}, "goal_value", "must be > 0"),
        ({"goal": "revenue"}, "goal_sd", "Standard deviation of the goal is empty"),
        ({"guardrail1": ""}, "guardrail1", "The guardrail is empty"),
        ({"guardrail1": "churn"}, "guardrail1", "'churn', is no metric"),
        ({"guardrail1": "cross-sell"}, "guardrail1", "holds 'cross-sell' twice"),
        ({"guardrail1_margin": ""}, "guardrail1_margin", "Accepted loss is empty"),
        ({"guardrail1_margin": "120"}, "guardrail1_margin", "must be > 0 and < 1"),
        ({"guardrail1_form": "guess"}, "guardrail1_form", "must be one of relative, per_1000, gain_share"),
        ({"guardrail1_form": "gain_share", "guardrail1_value": ""}, "guardrail1_value", "needs what one is worth"),
        ({"guardrail1_form": "gain_share", "goal_value": ""}, "goal_value", "is a share of its money"),
        ({"traffic": ""}, "traffic", "Traffic per week is empty"),
        ({"traffic": "0"}, "traffic", "traffic_per_week == 0.0, must be > 0"),
        ({"traffic": "20"}, "traffic", "plan.weeks"),
        ({"power": "100"}, "power", "must be >= 0.5 and < 1"),
        ({"looks": "2.5"}, "looks", "looks == 2.5, must be a whole number"),
        ({"looks": "0"}, "looks", "looks == 0, must be >= 1"),
        ({"looks": "99"}, "looks", "looks == 99"),
    ],
)
def test_a_bad_field_is_named_and_everything_typed_stays(
    changes: dict[str, Any], field: str, message: str, visit: Callable
) -> None:
    refused = visit("editor").post("/experiments/new", filled(**changes))
    assert refused.status_code == 422
    found = errors(refused.text)
    assert message.lower() in found.get(field, str(found)).lower(), found
    assert f'href="#field-{field}"' in refused.text
    assert 'value="a personal entry."' in refused.text
    assert 'value="Page as it is"' in refused.text
    assert visit("editor").get(f"/experiments/{KEY}").status_code == 404


def test_several_bad_fields_are_all_named(visit: Callable) -> None:
    refused = visit("editor").post("/experiments/new", {"action": "save"})
    assert refused.status_code == 422
    expected = {"name", "variant1_name", "variant2_name", "goal", "goal_baseline", "guardrail1", "traffic"}
    assert expected <= set(errors(refused.text))


def test_money_margins_are_kept_in_minor_units(as_role: Callable, engine: Engine) -> None:
    changes = {"guardrail1": "revenue", "guardrail1_baseline": "1.82", "guardrail1_sd": "8.9", "guardrail1_value": ""}
    lose = {"guardrail1_form": "per_1000", "guardrail1_margin": "120"}
    saved = as_role("editor").post("/experiments/new", filled(**changes, **lose))
    assert saved.status_code == 302
    with reading(engine) as session:
        test = by_key(session, KEY)
    margin = test.metrics[1].margin
    assert margin is not None
    assert (margin.scale, round(margin.value, 9)) == (Scale.ABSOLUTE, 12.0)
    page = as_role("editor").get(saved.location).text
    assert "limit −€0.12" in page


def test_unequal_shares_are_sized_as_they_are(as_role: Callable, engine: Engine) -> None:
    as_role("editor").post("/experiments/new", filled(variant1_weight="80", variant2_weight="20"))
    with reading(engine) as session:
        test = by_key(session, KEY)
    assert [variant.weight for variant in test.phase.variants] == [0.8, 0.2]
    assert (test.plan.units_per_variant or 0) > 138_994


def test_calculate_shows_the_sample_size_and_saves_nothing(visit: Callable, says: Says) -> None:
    answer = visit("editor").post("/experiments/new", filled(action="size", name="", variant2_payload="{"))
    assert answer.status_code == 200
    assert "The guardrail decides: 4 weeks 277,988 customers in all, 138,994 of them in the control" in says(answer)
    assert errors(answer.text) == {}
    assert "{</textarea>" in answer.text


def test_the_answer_follows_what_is_typed(visit: Callable) -> None:
    editor = visit("editor")
    first = editor.fragment("/experiments/new", filled(action=None))
    assert first.status_code == 200
    assert "<html" not in first.text
    assert "277,988" in first.text
    three = editor.fragment("/experiments/new", filled(action=None, variant3_name="Banner"))
    assert "277,988" not in three.text
    unfinished = editor.fragment("/experiments/new", {"goal": "cross-sell", "unit": "visitor"})
    assert "Not calculated yet" in unfinished.text
    assert "Control value of the goal is empty" in unfinished.text
    assert "The name" not in unfinished.text


def test_the_planner_fills_the_form(visit: Callable, says: Says) -> None:
    planner = visit("editor").get("/planner").text
    address = re.search(r'href="(/experiments/new\?[^"]+)"', planner)
    assert address is not None
    page = visit("editor").get(unescape(address.group(1)))
    assert 'id="field-goal_effect"' in page.text
    assert "The guardrail decides: 4 weeks" in says(page)


def test_a_copy_is_the_same_test_under_another_name(as_role: Callable, engine: Engine) -> None:
    editor = as_role("editor")
    editor.post("/experiments/new", filled())
    page = editor.get(f"/experiments/{KEY}").text
    address = re.search(r'href="(/experiments/new\?[^"]+)"', page)
    assert address is not None
    form = editor.get(unescape(address.group(1))).text
    again = filled_values(form) | {"name": "The same again", "action": "save"}
    assert editor.post("/experiments/new", again).location == "/experiments/the-same-again"
    with reading(engine) as session:
        first, second = by_key(session, KEY), by_key(session, "the-same-again")
    assert (second.hypothesis, second.unit, second.metrics) == (first.hypothesis, first.unit, first.metrics)
    assert (second.phase.audience, second.phase.variants) == (first.phase.audience, first.phase.variants)
    assert second.plan == first.plan
    assert second.phase.salt != first.phase.salt


def filled_values(form: str) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" not in attributes or (attributes.get("type") in ("checkbox", "radio") and " checked" not in tag):
            continue
        values.setdefault(attributes["name"], []).append(unescape(attributes.get("value", "")))
    for name, inner in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected>', inner)
        values[name] = [unescape(chosen.group(1))] if chosen else [""]
    for name, inner in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        values[name] = [unescape(inner)]
    return {name: found[0] if len(found) == 1 else found for name, found in values.items() if name != "csrf_token"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_viewer_may_not_create(method: str, visit: Callable, says: Says) -> None:
    viewer = visit("viewer")
    answer = viewer.get("/experiments/new") if method == "get" else viewer.post("/experiments/new", filled())
    assert answer.status_code == 403
    assert "Your role is viewer; edit needs editor." in says(answer)
