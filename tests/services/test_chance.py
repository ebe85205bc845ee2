"""The chance to ship before anything is known: that of simulated tests, and none where a plan gives none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, size_test
from experiments.domain.metric import MetricKind
from experiments.domain.plan import GoalRule
from experiments.services.learn.chance import planned_se, ship_chance
from experiments.stats.prior import Prior

GOAL = GoalLine("cross-sell", MetricKind.RATE, 0.032, 0.10)
GUARD = GuardrailLine("up-sell", MetricKind.RATE, 0.042, 0.05, MarginForm.RELATIVE)
PLAN = Sizing((GOAL,), (GUARD,), 90_000)


def simulated(sizing: Sizing, prior: Prior, draws: int = 400_000) -> float:
    """Share of simulated tests that ship: true effects of the prior, sums of both arms, the rule at every look.

    Sums grow from look to look; the goal's and the guardrail's statistics are computed from them as a test does.
    """
    random, plan = np.random.default_rng(7), size_test(sizing)
    p, u, d = GOAL.baseline, GUARD.baseline, GUARD.margin
    truth = random.normal(prior.mean, prior.sd, draws)
    lift, both = p * (1 + truth), np.zeros((4, draws))
    shipped, before = np.zeros(draws, dtype=bool), 0.0
    for number, look in enumerate(plan.looks, start=1):
        units = plan.joint_n_control * number / len(plan.looks)
        new, before = units - before, units
        for place, rate in enumerate((p, lift, u, u)):
            both[place] += rate * new + np.sqrt(rate * (1 - rate) * new) * random.standard_normal(draws)
        c, t, uc, ut = both / units
        goal = (t - c) / np.sqrt((c * (1 - c) + t * (1 - t)) / units)
        guard = (ut - (1 - d) * uc) / np.sqrt((ut * (1 - ut) + (1 - d) ** 2 * uc * (1 - uc)) / units)
        shipped |= (goal >= look.critical) & (guard >= look.critical)
    return float(shipped.mean())


@pytest.mark.parametrize("prior", [Prior(), Prior(0.04, 0.06, source="history", tests=12)])
def test_it_is_the_share_of_simulated_tests_that_ship(prior: Prior) -> None:
    found = ship_chance(prior, GOAL, size_test(PLAN))
    assert found is not None
    assert found.assurance == pytest.approx(simulated(PLAN, prior), abs=0.004)


def test_an_effect_that_is_sure_to_be_as_planned_ships_with_the_power_of_the_plan() -> None:
    outcome = size_test(PLAN)
    found = ship_chance(Prior(0.10, 1e-9, source="history", tests=12), GOAL, outcome)
    assert found is not None
    assert found.assurance == pytest.approx(outcome.joint_power, abs=1e-6)


def test_a_goal_whose_power_is_as_good_as_one_has_a_chance_too() -> None:
    """The guardrail needs fifty times the units of this goal: its power is 1 to the last digit, its error is not 0."""
    sure = replace(GOAL, effect=0.9)
    outcome = size_test(replace(PLAN, goals=(sure,)))
    assert outcome.line("cross-sell").power_in_plan == 1.0
    planned = planned_se(outcome.line("cross-sell"), outcome, sure.effect)
    assert planned is not None
    p, t, n = sure.baseline, sure.baseline * 1.9, outcome.joint_per_arm
    assert planned.se == pytest.approx(np.sqrt((p * (1 - p) + t * (1 - t)) / n) / p)


def test_a_plan_without_end_has_none() -> None:
    outcome = size_test(replace(PLAN, traffic_per_week=90_000, traffic_by_day=(500.0,) * 14))
    assert outcome.weeks is None
    assert ship_chance(Prior(), GOAL, outcome) is None


@pytest.mark.parametrize("rule", list(GoalRule))
def test_several_goals_have_none(rule: GoalRule) -> None:
    """The prior of one goal says nothing of the other, so the chance that both win is not known."""
    second = replace(GOAL, key="all-sales", baseline=0.07)
    outcome = size_test(replace(PLAN, goals=(GOAL, second), goal_rule=rule))
    assert ship_chance(Prior(), GOAL, outcome) is None


def test_a_goal_that_starts_at_nothing_has_no_relative_scale() -> None:
    mean = GoalLine("revenue", MetricKind.MEAN, 0.0, 0.5, "absolute", sd=30.0)
    assert ship_chance(Prior(), mean, size_test(replace(PLAN, goals=(mean,)))) is None
