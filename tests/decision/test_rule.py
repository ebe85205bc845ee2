from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.decision.analyse import build_report
from experiments.decision.arms import joint_p, one_sided_p
from experiments.decision.evidence import excludes_plan
from experiments.decision.net import NetValue
from experiments.decision.quality import Quality
from experiments.decision.words import Action, Verdict
from experiments.domain.metric import Direction
from experiments.domain.plan import GoalRule

GAIN, LOSS = {"cross": 0.125}, {"up": -0.08}


def decide(given):
    return build_report(given).decision


def test_ship_needs_a_superior_goal_and_guardrails_that_hold(build):
    found = decide(build({"entry": GAIN}))
    assert (found.action, found.variant, found.provisional) == (Action.SHIP, "entry", False)
    assert found.variants == {"entry": Action.SHIP}


def test_a_gain_taken_from_protected_sales_is_cannibalisation(build):
    found = decide(build({"entry": GAIN | LOSS}))
    assert (found.action, found.variant) == (Action.CANNIBALISING, None)


def test_a_protected_loss_without_a_gain_is_harm(build):
    assert decide(build({"entry": LOSS})).action is Action.HARM


def test_any_other_guardrail_worse_is_harm_whatever_the_goal_does(build):
    assert decide(build({"entry": GAIN | {"calls": 0.12}})).action is Action.HARM


def test_cannibalisation_comes_before_harm(build):
    assert decide(build({"entry": GAIN | LOSS | {"calls": 0.12}})).action is Action.CANNIBALISING


def test_a_goal_that_falls_is_harm(build):
    assert decide(build({"entry": {"cross": -0.125}})).action is Action.HARM


def test_harm_comes_before_a_net_loss(build):
    net = {"entry": NetValue(-500, -900, -100)}
    assert decide(build({"entry": GAIN | {"calls": 0.12}}, net=net)).action is Action.HARM


def test_a_met_rule_with_a_net_wholly_below_zero_is_a_net_loss(build):
    net = {"entry": NetValue(-500, -900, -100)}
    assert decide(build({"entry": GAIN}, net=net)).action is Action.NET_LOSS


@pytest.mark.parametrize(
    "net",
    [
        NetValue(100, -300, 500),
        NetValue(-100, -300, 500),
        NetValue(-500, -900, -100, status="partial", missing=("service cost",)),
        NetValue(None, None, None, status="not_measured"),
    ],
)
def test_a_net_that_covers_zero_or_is_partial_does_not_stop_a_ship(build, net):
    assert decide(build({"entry": GAIN}, net={"entry": net})).action is Action.SHIP


def test_a_net_loss_without_a_met_rule_is_not_called(build):
    net = {"entry": NetValue(-500, -900, -100)}
    assert decide(build({"entry": {"cross": 0.04}}, net=net)).action is Action.INCONCLUSIVE


def test_no_gain_where_the_planned_effect_is_excluded(build):
    assert decide(build({"entry": {"cross": 0.005}}, n=400_000)).action is Action.NO_GAIN


def test_no_gain_is_never_called_while_a_guardrail_is_open(build):
    assert decide(build({"entry": {"cross": 0.02}})).action is Action.NO_GAIN
    assert decide(build({"entry": {"cross": 0.02, "calls": 0.02}})).action is Action.INCONCLUSIVE


def test_no_gain_needs_a_planned_effect(build, plans):
    goal = replace(plans["cross-sell"], planned_effect=None)
    given = build({"entry": {"cross": 0.005}}, n=400_000, metrics=(goal, plans["up-sell"]))
    assert decide(given).action is Action.INCONCLUSIVE


def test_a_small_gain_that_is_shown_ships_although_the_plan_hoped_for_more(build):
    assert decide(build({"entry": {"cross": 0.04}}, n=400_000)).action is Action.SHIP


def test_everything_else_is_inconclusive(build):
    assert decide(build({"entry": {"cross": 0.04}})).action is Action.INCONCLUSIVE


def test_a_broken_split_comes_before_everything(build):
    found = decide(build({"entry": GAIN | LOSS}, exposed={"control": 131_900, "entry": 128_004}))
    assert found.action is Action.INVALID
    assert found.variants == {"entry": Action.INVALID}


@pytest.mark.parametrize(("share", "action"), [(0.00101, Action.INVALID), (0.001, Action.SHIP)])
def test_units_in_two_variants_are_a_fault_above_one_in_a_thousand(build, share, action):
    quality = Quality(in_two_variants=200, in_two_variants_share=share)
    assert decide(build({"entry": GAIN}, quality=quality)).action is action


def test_contaminated_customers_dilute_and_do_not_invalidate(build):
    quality = Quality(contaminated=9000, contaminated_share=0.09)
    assert decide(build({"entry": GAIN}, quality=quality)).action is Action.SHIP


def test_faulty_data_are_invalid(build):
    found = decide(build({"entry": GAIN}, faults=("Row 17 repeats unit 4711.",)))
    assert found.action is Action.INVALID
    assert found.sentence == "Row 17 repeats unit 4711."


def test_a_guardrail_that_cannot_be_measured_blocks_a_ship(build, plans):
    blind = replace(plans["up-sell"], measurable=False)
    found = build_report(build({"entry": GAIN}, metrics=(plans["cross-sell"], blind)))
    assert [row.verdict for row in found.metrics] == [Verdict.BETTER, Verdict.NOT_MEASURABLE]
    assert found.decision.action is Action.INCONCLUSIVE
    assert found.decision.title == "Cannot decide: up-sell orders not measurable here"


def test_without_guardrails_the_goal_alone_ships(build, plans):
    assert decide(build({"entry": GAIN}, metrics=(plans["cross-sell"],))).action is Action.SHIP


def test_without_a_goal_nothing_ships(build, plans):
    for rule in GoalRule:
        found = decide(build({"entry": GAIN}, metrics=(plans["up-sell"],), goal_rule=rule))
        assert found.action is Action.INCONCLUSIVE
        assert found.title == "Cannot decide: the plan has no goal"


def two_goals(plans):
    second = replace(plans["up-sell"], key="second", role=plans["cross-sell"].role, margin=None, protected=False)
    return plans["cross-sell"], second, plans["calls"]


def test_all_goals_must_be_better_where_the_plan_says_all(build, plans):
    metrics = two_goals(plans)
    assert decide(build({"entry": GAIN}, metrics=metrics)).action is Action.INCONCLUSIVE
    assert decide(build({"entry": GAIN | {"up": 0.12}}, metrics=metrics)).action is Action.SHIP


def test_one_goal_suffices_where_the_plan_says_any_at_a_share_of_alpha(build, plans):
    found = build_report(build({"entry": GAIN}, metrics=two_goals(plans), goal_rule=GoalRule.ANY))
    assert found.decision.action is Action.SHIP
    assert [row.relative.level for row in found.metrics] == pytest.approx([0.975, 0.975, 0.95])


def test_a_goal_that_falls_is_harm_even_where_one_suffices(build, plans):
    given = build({"entry": GAIN | {"up": -0.12}}, metrics=two_goals(plans), goal_rule=GoalRule.ANY)
    assert decide(given).action is Action.HARM


def test_nobody_exposed_is_waited_for(build):
    found = decide(build(n=0))
    assert (found.action, found.title) == (Action.INCONCLUSIVE, "Waiting for the first visitor")


def test_of_two_variants_to_ship_the_one_with_the_higher_net_value_wins(build):
    given = build({"a": {"cross": 0.2}, "b": {"cross": 0.15}})
    assert decide(given).variant == "a"
    net = {"a": NetValue(300, 100, 500), "b": NetValue(400, 200, 600)}
    assert decide(replace(given, net=net)).variant == "b"


def test_without_every_net_the_lowest_plausible_gain_chooses(build):
    net = {"b": NetValue(400, 200, 600)}
    assert decide(build({"a": {"cross": 0.2}, "b": {"cross": 0.15}}, net=net)).variant == "a"


def test_a_variant_that_cannibalises_does_not_keep_another_from_shipping(build):
    found = decide(build({"a": GAIN | LOSS, "b": GAIN}))
    assert (found.action, found.variant) == (Action.SHIP, "b")
    assert found.variants == {"a": Action.CANNIBALISING, "b": Action.SHIP}


def test_an_open_variant_keeps_the_test_running_and_without_one_the_first_rule_names_the_action(build):
    assert decide(build({"a": GAIN | LOSS, "b": {"cross": 0.03}})).action is Action.INCONCLUSIVE
    assert decide(build({"a": {"cross": -0.12}, "b": GAIN | LOSS})).action is Action.CANNIBALISING


def test_a_goal_that_is_better_by_less_than_planned_is_no_missing_gain(build, plans):
    first, second, calls = two_goals(plans)
    small = replace(first, planned_effect=0.2)
    given = build({"entry": {"cross": 0.1, "up": 0.02}}, metrics=(small, second, calls))
    assert decide(given).action is Action.INCONCLUSIVE


def test_one_goal_short_of_the_plan_is_no_gain_where_all_must_rise_and_not_where_one_suffices(build, plans):
    first, second, calls = two_goals(plans)
    metrics = (first, replace(second, planned_effect=0.1), calls)
    given = build({"entry": {"cross": 0.02, "up": 0.03}}, metrics=(first, second, calls))
    assert decide(given).action is Action.NO_GAIN
    assert decide(replace(given, goal_rule=GoalRule.ANY)).action is Action.INCONCLUSIVE
    assert decide(replace(given, metrics=metrics, goal_rule=GoalRule.ANY)).action is Action.NO_GAIN


def test_where_less_is_better_the_plan_is_missed_by_falling_too_little(build, plans):
    goal = replace(plans["cross-sell"], direction=Direction.LOWER)
    metrics = (goal, plans["up-sell"])
    assert decide(build({"entry": {"cross": -0.02}}, metrics=metrics)).action is Action.NO_GAIN
    assert decide(build({"entry": {"cross": -0.045}}, metrics=metrics)).action is Action.INCONCLUSIVE
    assert decide(build({"entry": {"cross": -0.125}}, metrics=metrics)).action is Action.SHIP


def test_where_less_is_better_the_variant_that_falls_most_wins(build, plans):
    goal = replace(plans["cross-sell"], direction=Direction.LOWER)
    given = build({"a": {"cross": -0.15}, "b": {"cross": -0.2}}, metrics=(goal, plans["up-sell"]))
    assert decide(given).variant == "b"


def test_where_less_is_better_a_wide_interval_does_not_win(build, plans, moments_of):
    goal = replace(plans["cross-sell"], direction=Direction.LOWER)
    given = build({"a": {"cross": -0.16}, "b": {"cross": -0.18}}, metrics=(goal, plans["up-sell"]))
    few = moments_of(30_000, cross=0.0315 * 0.82, up=0.0426, calls=0.0589)
    found = decide(replace(given, moments=given.moments | {"b": few}))
    assert (found.variant, found.variants["a"]) == ("a", Action.SHIP)


def test_nobody_exposed_is_said_between_looks_too(build, look):
    nobody = {"control": 0, "entry": 0}
    assert decide(build(exposed=nobody, looks=look(2, is_look=False))).title == "Waiting for the first visitor"


def test_an_interval_that_ends_at_the_plan_does_not_exclude_it(build):
    row = build_report(build()).metrics[0]
    at_plan = replace(row, relative=replace(row.relative, hi=row.planned_effect))
    assert not excludes_plan(at_plan)
    assert excludes_plan(replace(row, relative=replace(row.relative, hi=row.planned_effect - 1e-9)))


def test_partial_nets_do_not_choose_the_winner(build):
    net = {"a": NetValue(300, 100, 500, "partial"), "b": NetValue(400, 200, 600, "partial")}
    assert decide(build({"a": {"cross": 0.2}, "b": {"cross": 0.15}}, net=net)).variant == "a"


def test_the_joint_p_value_is_the_largest_part_or_the_smallest_goal_times_their_number(build, plans):
    rows = build_report(build({"entry": GAIN | {"up": 0.03}}, n=400_000, metrics=two_goals(plans))).metrics
    goals = [row.absolute.p / 2 for row in rows[:2]]
    guardrail = rows[2].noninferiority.p
    assert min(goals) < guardrail < max(goals)
    assert joint_p(rows, GoalRule.ALL) == pytest.approx(max(goals))
    assert joint_p(rows, GoalRule.ANY) == pytest.approx(guardrail)
    assert joint_p(rows[:2], GoalRule.ANY) == pytest.approx(2 * min(goals), rel=1e-9, abs=0)
    assert joint_p(rows[2:], GoalRule.ALL) is None


def test_a_part_without_a_p_value_can_never_be_met(build):
    goal, guardrail, calls = build_report(build({"entry": GAIN})).metrics
    unknown_goal = replace(goal, absolute=replace(goal.absolute, p=None))
    unknown_loss = replace(guardrail, noninferiority=replace(guardrail.noninferiority, p=None))
    assert joint_p((unknown_goal, guardrail, calls), GoalRule.ALL) == 1.0
    assert joint_p((goal, unknown_loss, calls), GoalRule.ALL) == 1.0


def test_of_a_goal_that_should_fall_a_rise_is_no_evidence(build):
    effect = build_report(build({"entry": GAIN})).metrics[0].absolute
    assert one_sided_p(effect, 1) == pytest.approx(effect.p / 2)
    assert one_sided_p(effect, -1) == pytest.approx(1 - effect.p / 2)


def test_a_goal_that_cannot_be_measured_blocks_only_where_it_is_needed(build, plans):
    first, second, calls = two_goals(plans)
    metrics = (first, replace(second, measurable=False), calls)
    given = build({"entry": {"cross": 0.04}}, metrics=metrics)
    assert decide(given).title == "Cannot decide: up-sell orders not measurable here"
    assert decide(replace(given, goal_rule=GoalRule.ANY)).title.startswith("Not decided: ")


def test_a_goal_that_is_not_needed_is_not_called_unsettled(build, plans, look):
    given = build({"entry": {"cross": 0.2, "up": 0.01, "calls": 0.03}}, metrics=two_goals(plans), looks=look(3))
    assert decide(replace(given, goal_rule=GoalRule.ANY)).title == ("Keep running: calls within 7 days not settled")
