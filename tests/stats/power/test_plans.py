from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest

from experiments.stats.boundaries import critical_values
from experiments.stats.power import (
    Design,
    GoalSpec,
    GuardrailSpec,
    Traffic,
    joint_sample_size,
    plan,
    power_curve,
    sample_size,
    schedule,
)

GOAL = GoalSpec("cross", "rate", 0.03, effect_relative=0.1)
UP = GuardrailSpec("up", "rate", 0.08, margin=0.05)
CALLS = GuardrailSpec("calls", "mean", 0.4, 0.9, margin=0.04, direction=-1)


def test_the_guardrail_that_needs_most_units_decides() -> None:
    result = plan(GOAL, [UP, CALLS], 40_000, window_days=28)
    by_key = {m.key: m.size.n_control for m in (result.goal, *result.guardrails)}
    assert result.binding == max(by_key, key=lambda key: by_key[key]) == "up"
    assert result.guardrail_to_goal == pytest.approx(by_key["up"] / by_key["cross"])
    assert result.joint.n_control > by_key["up"]
    assert result.duration.weeks is not None
    assert result.goal.duration.weeks is not None
    assert result.duration.weeks >= result.goal.duration.weeks
    assert all(m.power_in_plan >= 0.8 for m in (result.goal, *result.guardrails))


def test_a_goal_without_guardrails_is_its_own_plan() -> None:
    result = plan(GOAL, [], 40_000, looks=1)
    assert result.guardrail_to_goal is None
    assert result.binding == "cross"
    assert result.joint.n_control == sample_size(GOAL).n_control
    assert result.joint.power.method == "single"


def test_all_goals_join_the_rule_at_full_alpha() -> None:
    second = GoalSpec("value", "mean", 3.0, 20.0, effect_relative=0.1)
    result = plan([GOAL, second], [UP], 40_000, looks=1)
    assert result.joint.n_control == joint_sample_size([GOAL, second, UP]).n_control
    assert [g.key for g in result.goals] == ["cross", "value"]


def test_any_goal_shares_alpha_and_holds_for_the_hardest_of_them() -> None:
    second = GoalSpec("value", "mean", 3.0, 20.0, effect_relative=0.1)
    result = plan([GOAL, second], [UP], 40_000, looks=1, goal_rule="any")
    sizes = [joint_sample_size([replace(g, one_of=2), UP]).n_control for g in (GOAL, second)]
    assert result.joint.n_control == max(sizes)
    assert any("one of 2 goals" in line for line in result.assumptions)


def test_a_plan_with_several_variants_says_whose_power_it_is() -> None:
    result = plan(GOAL, [UP], 40_000, variants=4)
    assert any("each variant" in line for line in result.assumptions)
    assert result.joint.arms.total == result.joint.arms.control + 3 * result.joint.arms.variant


def test_the_looks_fall_on_whole_weeks_from_the_second_on() -> None:
    result = plan(GOAL, [UP], 20_000, window_days=14)
    weeks = [look.enrolment_week for look in result.looks]
    assert weeks[0] >= 2
    assert weeks == sorted(set(weeks))
    assert weeks[-1] == result.duration.enrolment_weeks
    control = result.joint.arms.control
    assert [look.information * control for look in result.looks] == pytest.approx([week * 10_000 for week in weeks])
    assert result.looks[-2].information < 1 <= result.looks[-1].information
    assert result.looks[-1].day == result.duration.days
    assert len(weeks) == 5
    early = [look.critical for look in result.looks if look.information < 1]
    assert early == sorted(early, reverse=True)


def test_a_short_test_has_fewer_looks_than_planned() -> None:
    looks = schedule(3, 1000, Design(looks=5))
    assert [look.enrolment_week for look in looks] == [2, 3]


def test_the_looks_of_a_goal_that_shares_the_error_have_boundaries_of_their_own() -> None:
    second = replace(GOAL, key="all sales")
    shared = plan([GOAL, second], [UP], 20_000, goal_rule="any")
    times = [look.information for look in shared.looks]
    assert [look.goal_critical for look in shared.looks] == list(critical_values(times, 0.0125, final=True))
    assert [look.critical for look in shared.looks] == list(critical_values(times, 0.025, final=True))
    assert all(look.goal_critical == look.critical for look in plan(GOAL, [UP], 20_000).looks)


def test_a_week_without_new_units_holds_no_look() -> None:
    still = Traffic.from_days([*[100.0 * day for day in range(1, 15)], *[1400.0] * 7, *[1500.0] * 7])
    looks = schedule(4, still, Design(looks=4))
    assert [look.information for look in looks] == pytest.approx([1400 / 1500, 1.0])


def test_traffic_that_never_brings_the_units_gives_a_plan_without_weeks() -> None:
    flat = Traffic.from_days([*[1000.0] * 14])
    result = plan(GOAL, [UP], flat)
    assert result.duration.status == "out_of_reach"
    assert result.looks == ()
    assert result.joint.n_control > 0


def test_the_plan_goes_through_json() -> None:
    result = plan(GOAL, [UP, CALLS], 40_000, correlation=0.1)
    read = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert read["binding"] == "up"
    assert read["joint"]["arms"]["total"] == result.joint.arms.total
    assert any("given correlation" in line for line in read["assumptions"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"goal_rule": "some"}, "goal_rule == 'some'"),
        ({"goal": []}, "goal == \\[\\]"),
        ({"goal": [GOAL, replace(GOAL, key="b")], "goal_rule": "any", "correlation": 0.1}, "must be None"),
        ({"traffic_per_week": -5.0}, r"traffic_per_week == -5\.0"),
        ({"looks": 0}, "looks == 0"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments: dict[str, object], message: str) -> None:
    valid: dict[str, object] = {"goal": GOAL, "guardrails": [UP], "traffic_per_week": 40_000}
    with pytest.raises(ValueError, match=message):
        plan(**{**valid, **arguments})  # type: ignore[arg-type]


def test_waiting_longer_raises_every_power() -> None:
    design = Design(looks=5)
    points = power_curve([GOAL, UP], 40_000, design, weeks=8)
    assert [p.week for p in points] == list(range(1, 9))
    for before, after in itertools.pairwise(points):
        assert after.joint > before.joint
        assert after.power["up"] > before.power["up"]
    assert all(p.joint <= min(p.power.values()) for p in points)


def test_the_curve_crosses_the_wanted_power_where_the_plan_says() -> None:
    result = plan(GOAL, [UP], 20_000)
    weeks = result.duration.enrolment_weeks
    assert weeks is not None
    points = power_curve([GOAL, UP], 20_000, result.design, weeks=weeks)
    assert points[-1].joint >= 0.8 > points[-2].joint


def test_an_empty_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="weeks == 0"):
        power_curve([GOAL], 100, weeks=0)
    with pytest.raises(ValueError, match="specs == "):
        power_curve([], 100)
