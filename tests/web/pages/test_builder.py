"""The builder: what its steps save, and what they say where a field does not fit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.domain.audience import Operator
from experiments.domain.experiment import Status, UnitKind
from experiments.domain.metric import Margin, Role, Scale
from experiments.services import measuring
from experiments.services.clock import now_us
from experiments.services.experiments import by_key
from experiments.services.sessions import reading
from web.pages.builder.steps import BY_KEY, STEPS

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
    "channels": ["web", "app"],
    "attribute1": "segment",
    "attribute1_op": "in",
    "attribute1_values": 'young, "7", 3',
    "not_offered_within_days": "30",
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
}
#: Fields that can only be chosen; what is no choice cannot be shown again.
CHOSEN = {"unit", "holds", "channels", "guardrail1", "guardrail1_form", "goal", "attribute1_op"}
KEY = "personal-entry-for-mobile-customers"
OWNER = "edda@example.org"


def filled(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**FILLED, "owner": OWNER, **changes}.items() if value is not None}


def begin(person: Any, **changes: Any) -> TestResponse:
    return person.post("/experiments/build", {"name": FILLED["name"], "template": "blank", **changes})


def seen(page: str) -> str:
    """What the fields showed, as the page hands it back."""
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None, page[:500]
    return unescape(found.group(1))


def send(person: Any, key: str, step: str, values: dict[str, Any], action: str = "save") -> TestResponse:
    """Post a step as the page that was just opened would."""
    address = f"/experiments/{key}/build/{step}"
    return person.post(address, {**values, "seen": seen(person.get(address).text), "action": action})


def build(person: Any, key: str = KEY, **changes: Any) -> dict[str, TestResponse]:
    """Every step of a new draft, as somebody would fill them in."""
    values = filled(**changes)
    assert begin(person).status_code == 302
    typed = [(step.key, {name: values[name] for name in step.fields if name in values}) for step in STEPS]
    return {step: send(person, key, step, mine) for step, mine in typed if step != "review"}


def errors(page: str) -> dict[str, str]:
    """Messages by field, as they stand under the fields."""
    found = re.findall(r'<p class="field-error" id="error-([\w-]+)">.*?</svg>(.*?)</p>', page, re.DOTALL)
    return {name: unescape(message) for name, message in found}


def test_filled_steps_become_a_draft_that_may_be_launched(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    answers = build(editor)
    assert {answer.status_code for answer in answers.values()} == {302}
    with reading(engine) as session:
        test = by_key(session, KEY)
    assert (test.status, test.unit, test.owner) == (Status.DRAFT, UnitKind.CUSTOMER, OWNER)
    assert test.hypothesis == (
        "We believe that a personal entry for mobile customers will raise sales, because they see what fits; "
        "we will see it in cross-sell orders."
    )
    assert [(rule.attribute, rule.op, rule.values) for rule in test.phase.audience.rules] == [
        ("holdings", Operator.ANY_OF, ("mobile-small", "mobile-large")),
        ("holdings", Operator.NONE_OF, ("broadband-small", "broadband-large", "tv-small", "tv-large")),
        ("channel", Operator.IN, ("web", "app")),
        ("segment", Operator.IN, ("young", "7", 3)),
    ]
    assert test.phase.audience.policy.not_offered_within_days == 30
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
    assert plan.net is None, "nothing was stated, so it follows from the metrics"
    assert test.missing_for_launch() == ()
    page = says(editor.get(f"/experiments/{KEY}"))
    assert "Ready to launch." in page
    assert "9,828 a year · €1,769,040 a year" in page
    assert "Holds at least one of Mobile Small, Mobile Large" in page


def test_a_talk_guide_is_sized_in_agents(as_role: Callable, engine: Engine, says: Says) -> None:
    editor, key = as_role("editor"), "talk-guide"
    assert begin(editor, name="Talk guide", template=key).status_code == 302
    assert "Agents Somebody of the contact centre" in says(editor.get(f"/experiments/{key}/build/audience"))
    metrics = {
        "goal": "cross-sell-per-contact", "goal_baseline": "0.08", "goal_effect": "25",
        "guardrail1": "handle-time-per-contact", "guardrail1_baseline": "600", "guardrail1_sd": "240",
        "guardrail1_margin": "5", "guardrail1_form": "relative", "guardrail2": "",
    }  # fmt: skip
    asked = editor.get(f"/experiments/{key}/build/metrics")
    assert 'name="traffic"' not in asked.text
    assert 'name="net_horizon"' not in asked.text
    assert "0.06 for six sales in a hundred contacts" in says(asked)
    assert "no browser gets its payload" in says(editor.get(f"/experiments/{key}/build/variants"))
    assert send(editor, key, "metrics", {**metrics, "guardrail1_sd": ""}).status_code == 302
    plan = editor.get(f"/experiments/{key}/build/plan").text
    assert 'name="agents"' in plan
    few = {"agents": "240", "contacts": "300", "icc": "2", "goal_effect": "25", "guardrail1_margin": "5", "power": "80"}
    send(editor, key, "plan", few)
    measuring.serve(engine, now_us())  # what the worker is still to fill in is no error
    refused = send(editor, key, "plan", few)
    assert "Standard deviation of Handle time per contact is empty" in says(refused)
    assert "/build/metrics#field-guardrail1_sd" in refused.text
    assert send(editor, key, "metrics", metrics).status_code == 302
    assert 'name="traffic"' not in plan
    asked = {"agents": "240", "contacts": "300", "icc": "2", "contacts_cv": "40", "power": "80"}
    shown = send(editor, key, "plan", {**asked, "goal_effect": "25", "guardrail1_margin": "5"}, "try")
    assert "156 agents in all" in says(shown)
    assert send(editor, key, "plan", {**asked, "goal_effect": "25", "guardrail1_margin": "5"}).status_code == 302
    with reading(engine) as session:
        test = by_key(session, key)
    assert (test.unit, test.plan.units_per_variant, test.plan.looks) == (UnitKind.AGENT, 78, 1)
    assert test.plan.traffic_per_week is None
    assert test.missing_for_launch() == ()


def test_each_step_opens_as_it_was_left(as_role: Callable) -> None:
    editor = as_role("editor")
    build(editor)
    typed = filled(holds=["mobile"], holds_not=["broadband", "tv"])
    for step in STEPS:
        if step.key == "review":
            continue
        page = editor.get(f"/experiments/{KEY}/build/{step.key}")
        assert page.status_code == 200
        values = filled_values(page.text)
        for name in step.fields:
            shown, expected = values.get(name, []), typed.get(name, [])
            shown, expected = ([each] if isinstance(each, str) else each for each in (shown, expected))
            if (name.endswith("_op") and not expected) or (name.endswith("_form") and not expected):
                continue
            assert sorted(filter(None, shown)) == sorted(expected), name
    assert editor.get(f"/experiments/{KEY}/build").location.endswith("/build/review")


@pytest.mark.parametrize(
    ("changes", "step", "field", "message"),
    [
        ({"name": ""}, "start", "name", "The name is empty"),
        ({"name": "x" * 201}, "start", "name", "has 201 characters, must have at most 200"),
        ({"hypothesis_because": " "}, "hypothesis", "hypothesis_because", "“because …” is empty"),
        ({"hypothesis_seen": "x" * 4000}, "hypothesis", "hypothesis_offer", "must have at most 4000"),
        (
            {"unit": "household"},
            "audience",
            "unit",
            "What is randomised is 'household', must be one of visitor, customer",
        ),
        ({"audience": "x" * 201}, "audience", "audience", "must have at most 200"),
        ({"holds": ["gas"]}, "audience", "holds", "Holds at least one of is 'gas', which is no family with products"),
        ({"holds": ["tv"]}, "audience", "holds_not", "nobody can hold it and not hold it"),
        ({"channels": ["fax"]}, "audience", "channels", "must be one of app, chat"),
        ({"attribute1": ""}, "audience", "attribute1", "attribute of rule 1 is empty"),
        ({"attribute1_op": "gte"}, "audience", "attribute1_values", "gte needs one number"),
        ({"not_offered_within_days": "0"}, "audience", "not_offered_within_days", "must be at least 1 and at most 730"),
        ({"enrolment": "0"}, "audience", "enrolment", "must be above 0"),
        ({"variant2_name": ""}, "variants", "variant2_name", "The name of variant 2 is empty"),
        ({"variant2_name": "Control"}, "variants", "variant2_name", "must differ from the others"),
        ({"variant8_payload": "{}"}, "variants", "variant8_name", "The name of variant 8 is empty"),
        ({"variant2_payload": "{label}"}, "variants", "variant2_payload", "The payload is no JSON"),
        ({"variant2_payload": "NaN"}, "variants", "variant2_payload", "NaN is no JSON number"),
        ({"variant2_payload": "[" * 50_000}, "variants", "variant2_payload", "The payload is no JSON"),
        ({"variant2_payload": '"' + "x" * 17_000 + '"'}, "variants", "variant2_payload", "must have at most 16384"),
        ({"variant1_weight": "90"}, "variants", "variant2_weight", "must be given for all variants or for none"),
        ({"variant1_weight": "90", "variant2_weight": "20"}, "variants", "variant1_weight", "sum to 110%"),
        ({"variant1_weight": "half", "variant2_weight": "50"}, "variants", "variant1_weight", "must be a number"),
        (
            {"variant1_weight": "0", "variant2_weight": "100"},
            "variants",
            "variant1_weight",
            "Share is 0%, must be above 0% and below 100%",
        ),
        (
            {"variant3_name": "C", "variant1_weight": "50", "variant2_weight": "30", "variant3_weight": "20"},
            "variants",
            "variant2_weight",
            "must be equal to size the test",
        ),
        ({"goal": "profit"}, "metrics", "goal", "Goal metric is 'profit', which is no metric"),
        ({"goal_effect": "ten"}, "metrics", "goal_effect", "'ten', must be a number"),
        ({"guardrail1": "churn"}, "metrics", "guardrail1", "'churn', which is no metric"),
        ({"guardrail1": "cross-sell"}, "metrics", "guardrail1", "holds 'cross-sell' twice"),
        (
            {"guardrail1_margin": "120"},
            "metrics",
            "guardrail1_margin",
            "Accepted loss is 120%, must be above 0% and below 100%",
        ),
        ({"guardrail1_form": "guess"}, "metrics", "guardrail1_form", "must be one of relative, per_1000, gain_share"),
        (
            {"guardrail1_form": "gain_share", "guardrail1_value": ""},
            "metrics",
            "guardrail1_value",
            "needs what one is worth",
        ),
        ({"guardrail1_form": "gain_share", "goal_value": ""}, "metrics", "goal_value", "is a share of its money"),
        ({"net_early": "40"}, "metrics", "net_early", "must be at least 1 and below 28"),
        (
            {"net_channels": ["web"], "net_expected": ["web"]},
            "metrics",
            "net_expected",
            "must be other channels than the channels of the test",
        ),
        ({"net_sale_phone": "-1"}, "metrics", "net_sale_phone", "must be at least 0"),
        ({"goal": ""}, "plan", "", "The goal is empty, choose a metric"),
        ({"goal_baseline": "3,2"}, "plan", "", "'3,2', must be a number such as 3.2"),
        ({"goal_baseline": "130"}, "plan", "", "baseline is 130%, must be above 0% and below 100%"),
        ({"goal_effect": "5000"}, "plan", "goal_effect", "must be between 0% and 100%"),
        ({"goal": "revenue"}, "plan", "", "Standard deviation of Revenue is empty"),
        ({"guardrail1_margin": ""}, "plan", "guardrail1_margin", "Accepted loss is empty"),
        ({"traffic": ""}, "plan", "traffic", "Traffic per week is empty"),
        ({"traffic": "0"}, "plan", "traffic", "Traffic is 0, must be above 0"),
        ({"power": "100"}, "plan", "power", "Power is 100%, must be at least 50% and below 100%"),
        ({"looks": "2.5"}, "plan", "looks", "looks is 2.5, must be a whole number"),
        ({"looks": "99"}, "plan", "looks", "looks is 99"),
    ],
)
def test_a_bad_field_is_named_and_kept_as_typed(
    changes: dict[str, Any], step: str, field: str, message: str, visit: Callable, shared_app: Flask
) -> None:
    editor, values = visit("editor"), filled(**changes)
    key = begin(editor, name="A draft with a bad field").location.split("/")[2]
    for each in STEPS:
        if each.key == step or (step == "plan" and each.key == "metrics"):
            measuring.serve(
                shared_app.extensions["netlift"].engine, now_us()
            )  # what the worker is still to fill in is no error
            refused = send(editor, key, each.key, {name: values[name] for name in each.fields if name in values})
    assert refused.status_code == 422
    assert "Saved as typed." in refused.text
    found = errors(refused.text)
    assert message.lower() in (found.get(field, "") if field else unescape(refused.text)).lower(), found
    assert ("#field-" if not field else f'href="#field-{field}"') in refused.text
    again = filled_values(editor.get(f"/experiments/{key}/build/{step}").text)
    for name in set(BY_KEY[step].fields) & set(changes) - CHOSEN:
        assert "".join(again[name]).strip() == "".join(changes[name]).strip(), name


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "The name is empty"),
        ({"name": "x" * 201}, "name", "has 201 characters, must have at most 200"),
        ({"name": "日本"}, "key", "The key is empty, and the name gives none"),
        ({"key": "Not A Key"}, "key", "must be 1 to 64 lower-case letters"),
        ({"key": "new"}, "key", "is an address of the product"),
        ({"key": "ship"}, "key", "exists already"),
        ({"template": "banner"}, "template", "'banner', which does not exist"),
        ({"from": "absent"}, "template", "'absent', which does not exist"),
    ],
)
def test_what_a_draft_begins_with_is_checked(
    changes: dict[str, Any], field: str, message: str, visit: Callable
) -> None:
    refused = begin(visit("editor"), **changes)
    assert refused.status_code == 422
    assert message in errors(refused.text).get(field, "")


def test_money_margins_are_kept_in_minor_units(as_role: Callable, engine: Engine) -> None:
    changes = {"guardrail1": "revenue", "guardrail1_baseline": "1.82", "guardrail1_sd": "8.9", "guardrail1_value": ""}
    build(as_role("editor"), **changes, guardrail1_form="per_1000", guardrail1_margin="120")
    with reading(engine) as session:
        test = by_key(session, KEY)
    margin = test.metrics[1].margin
    assert margin is not None
    assert (margin.scale, round(margin.value, 9)) == (Scale.ABSOLUTE, 12.0)
    assert test.plan.weeks is not None
    assert "limit −€0.12" in as_role("editor").get(f"/experiments/{KEY}").text


def test_a_margin_in_money_is_the_share_of_the_planned_gain(as_role: Callable, engine: Engine) -> None:
    """50 % of 0.0032 orders × 240, in orders worth 180: 0.5 · 0.0032 · 240 / 180."""
    build(as_role("editor"), guardrail1_form="gain_share", guardrail1_margin="50")
    with reading(engine) as session:
        margin = by_key(session, KEY).metrics[1].margin
    assert margin is not None
    assert (margin.scale, round(margin.value, 12)) == (Scale.ABSOLUTE, round(0.5 * 0.0032 * 240 / 180, 12))


def test_unequal_shares_are_sized_as_they_are(as_role: Callable, engine: Engine) -> None:
    editor = as_role("editor")
    build(editor, variant1_weight="80", variant2_weight="20")
    with reading(engine) as session:
        test = by_key(session, KEY)
    assert [variant.weight for variant in test.phase.variants] == [0.8, 0.2]
    assert (test.plan.units_per_variant or 0) > 138_994
    equal = {name: FILLED[name] for name in FILLED if name.startswith("variant")}
    send(editor, KEY, "variants", equal)
    with reading(engine) as session:
        assert by_key(session, KEY).plan.units_per_variant == 138_994, "the plan follows the shares"


def test_the_declaration_is_stated_in_money_and_read_back(as_role: Callable, engine: Engine) -> None:
    stated = {"net_promoted_relations": ["cross"], "net_promoted_families": ["tv"], "net_channels": ["web"],
              "net_expected": ["phone"], "net_horizon": "35", "net_second_phone": "0.012", "net_sale_store": "9",
              "net_offer_cost": "0.5"}  # fmt: skip
    build(as_role("editor"), **stated)
    with reading(engine) as session:
        net = by_key(session, KEY).plan.net
    assert net is not None
    assert (net.promoted.families, net.horizon_days, net.early_days) == (("tv",), 35, 7)
    assert (net.second_cost, net.sale_cost, net.offer_cost) == ({"phone": 1.2}, {"store": 900}, 50)
    assert net.assumed == ("protected", "early_days", "return_days")
    page = filled_values(as_role("editor").get(f"/experiments/{KEY}/build/metrics").text)
    assert (page["net_second_phone"], page["net_promoted_families"]) == (["0.012"], ["tv"])
    assert page["net_early"] == [""], "what was assumed is not shown as stated"


def test_calculating_shows_the_sample_size_and_saves_nothing(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    build(editor)
    tried = {name: FILLED[name] for name in ("traffic", "power", "looks", "goal_effect")} | {"guardrail1_margin": "8"}
    answer = send(editor, KEY, "plan", tried, action="try")
    assert answer.status_code == 200
    assert "138,994 of them in the control" not in says(answer)
    assert "The guardrail decides:" in says(answer)
    fragment = editor.fragment(f"/experiments/{KEY}/build/plan", {**tried, "guardrail1_margin": "5"})
    assert "<html" not in fragment.text
    assert "The guardrail decides: 4 weeks" in says(fragment)
    assert "277,988 customers in all, 138,994 of them in the control" in says(fragment)
    unfinished = editor.fragment(f"/experiments/{KEY}/build/plan", {**tried, "traffic": ""})
    assert "Not calculated yet" in unfinished.text
    assert "Traffic per week is empty" in unfinished.text
    with reading(engine) as session:
        assert by_key(session, KEY).metrics[1].margin == Margin(Scale.RELATIVE, 0.05)


@pytest.mark.parametrize(
    ("step", "changed", "to"), [("metrics", "guardrail1_margin", "7"), ("plan", "traffic", "70 000")]
)
def test_what_was_calculated_is_kept_when_it_is_saved_next(as_role: Callable, step: str, changed: str, to: str) -> None:
    """Without scripts both go through the same form, which says what its person had seen before."""
    editor = as_role("editor")
    build(editor)
    tried = {name: FILLED[name] for name in BY_KEY[step].fields if name in FILLED} | {changed: to}
    calculated = send(editor, KEY, step, tried, action="try").text
    assert json.loads(seen(calculated))[changed] == [FILLED[changed]]
    saved = editor.post(f"/experiments/{KEY}/build/{step}", {**tried, "seen": seen(calculated), "action": "save"})
    assert saved.status_code == 302
    assert json.loads(seen(editor.get(f"/experiments/{KEY}/build/{step}").text))[changed] == [to]


def test_the_estimate_becomes_the_traffic_of_the_plan(as_role: Callable, engine: Engine) -> None:
    editor = as_role("editor")
    build(editor)
    page = f"/experiments/{KEY}/build/audience"
    typed = filled_values(editor.get(page).text) | {"use_traffic": "41000"}
    sent = editor.post(page, typed).location
    assert sent == f"/experiments/{KEY}/build/plan"
    assert filled_values(editor.get(sent).text)["traffic"] == ["41000"]
    with reading(engine) as session:
        plan = by_key(session, KEY).plan
    assert (plan.traffic_per_week, plan.weeks) == (41_000, 7)


def test_a_changed_margin_without_a_calculation_takes_the_old_plan_away(as_role: Callable, engine: Engine) -> None:
    editor = as_role("editor")
    build(editor)
    metrics = {name: FILLED[name] for name in FILLED if name.startswith(("goal", "guardrail1"))}
    send(editor, KEY, "metrics", metrics | {"guardrail1_margin": "9", "guardrail1_baseline": ""})
    with reading(engine) as session:
        test = by_key(session, KEY)
    assert test.metrics[1].margin == Margin(Scale.RELATIVE, 0.09)
    assert (test.plan.weeks, test.plan.sizing) == (None, {})


def test_the_planner_fills_the_builder(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    address = re.search(r'href="(/experiments/build\?[^"]+)"', editor.get("/planner").text)
    assert address is not None
    shared = unescape(address.group(1)).replace("/build?", "/new?")
    assert editor.get(shared).location.startswith("/experiments/build?goal="), "addresses of long ago still lead there"
    page = editor.get(unescape(address.group(1)))
    assert "Your calculation comes along." in page.text
    made = editor.post("/experiments/build", {**filled_values(page.text), "name": "From the planner"})
    with reading(engine) as session:
        test = by_key(session, "from-the-planner")
    assert (test.plan.weeks, [use.metric for use in test.metrics]) == (4, ["cross-sell", "up-sell"])
    assert made.location == "/experiments/from-the-planner/build"
    assert editor.get(made.location).location.endswith("/build/hypothesis")
    assert "The guardrail decides: 4 weeks" in says(editor.get("/experiments/from-the-planner/build/plan"))


def test_a_copy_is_the_same_test_under_another_name(as_role: Callable, engine: Engine) -> None:
    editor = as_role("editor")
    build(editor, net_offer_cost="0.5")
    page = editor.get(f"/experiments/{KEY}").text
    address = re.search(r'href="(/experiments/build\?[^"]+)"', page)
    assert address is not None
    form = filled_values(editor.get(unescape(address.group(1))).text)
    again = editor.post("/experiments/build", form | {"name": "The same again"})
    assert again.location == "/experiments/the-same-again/build"
    with reading(engine) as session:
        first, second = by_key(session, KEY), by_key(session, "the-same-again")
    assert (second.hypothesis, second.unit, second.metrics) == (first.hypothesis, first.unit, first.metrics)
    assert (second.phase.audience, second.phase.variants) == (first.phase.audience, first.phase.variants)
    assert second.plan == first.plan
    assert second.phase.salt != first.phase.salt


def test_a_launched_test_is_not_built_any_more(visit: Callable, says: Says) -> None:
    editor = visit("editor")
    answer = editor.get("/experiments/waiting/build/plan")
    assert answer.location == "/experiments/waiting"
    assert "The plan of a launched test is frozen." in says(editor.get(answer.location))


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_viewer_may_not_build(method: str, visit: Callable, says: Says) -> None:
    viewer = visit("viewer")
    for path in ("/experiments/build", "/experiments/ready/build/plan"):
        answer = getattr(viewer, method)(path)
        assert answer.status_code == 403
        assert "Your role is viewer; edit needs editor." in says(answer)


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
    return {name: found for name, found in values.items() if name != "csrf_token"}


def test_a_further_guardrail_folds_in_the_one_before_and_opens_with_it(visit: Callable) -> None:
    editor = visit("editor")
    key = begin(editor, name="A draft with folded guardrails").location.split("/")[2]
    typed = filled(guardrail3="all-sales", guardrail3_baseline="7", guardrail3_margin="5", guardrail3_form="relative")
    send(editor, key, "metrics", {name: typed[name] for name in BY_KEY["metrics"].fields if name in typed})
    page = editor.get(f"/experiments/{key}/build/metrics").text
    folds = re.findall(r"<details class=\"more-fields form-section\"( open)?>\s*<summary>(A \w+) guardrail", page)
    assert folds == [(" open", "A second"), (" open", "A third"), ("", "A fourth")]
