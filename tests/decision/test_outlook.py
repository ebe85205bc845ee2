"""What waiting promises, against worlds whose truth is known; and when nothing is promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from experiments.decision.analyse import build_report
from experiments.decision.inputs import AnalysisInput
from experiments.decision.looks import Looks
from experiments.decision.outlook import NextLook, Outlook
from experiments.decision.report import Report
from experiments.decision.words import Action
from experiments.domain.metric import Role
from experiments.domain.plan import GoalRule
from experiments.stats.boundaries import critical_values
from experiments.stats.moments import Moments
from tests.decision.conftest import BASE

N1, N2 = 60_000, 90_000
COMING = NextLook(3, "2026-05-14T00:00:00Z", 2.0, growth=1.5, information=0.6, last=False, units_per_week=10_000)
OUTCOMES = {
    Action.SHIP: "ship", Action.HARM: "harm", Action.CANNIBALISING: "harm", Action.NO_GAIN: "no_gain",
}  # fmt: skip


def rates_of(n: int, lifts: Mapping[str, float], rng: np.random.Generator) -> dict[str, float]:
    """Rates as n units would show them."""
    truth = {key: rate * (1 + lifts.get(key, 0.0)) for key, rate in BASE.items()}
    return {key: float(rng.normal(rate, sqrt(rate * (1 - rate) / n))) for key, rate in truth.items()}


def pooled(first: Mapping[str, float], more: Mapping[str, float]) -> dict[str, float]:
    return {key: (N1 * first[key] + (N2 - N1) * more[key]) / N2 for key in first}


def at(given: AnalysisInput, n: int, arms: dict[str, Moments], looks: Looks, coming: NextLook | None) -> Report:
    return build_report(replace(given, moments=arms, exposed=dict.fromkeys(arms, n), looks=looks, next_look=coming))


def test_what_is_promised_happens_as_often(build: Callable, look: Callable, moments_of: Callable) -> None:
    """Lifts of every size are as likely as each other; two looks on data that add up."""
    rng, promised, happened = np.random.default_rng(11), [], []
    given = build()
    for _ in range(300):
        lifts = {key: float(rng.uniform(-0.2, 0.2)) for key in BASE}
        now = {"control": rates_of(N1, {}, rng), "entry": rates_of(N1, lifts, rng)}
        more = {"control": rates_of(N2 - N1, {}, rng), "entry": rates_of(N2 - N1, lifts, rng)}
        arms = {key: moments_of(N1, **rates) for key, rates in now.items()}
        later = {key: moments_of(N2, **pooled(now[key], more[key])) for key in now}
        outlook = at(given, N1, arms, look(2), COMING).outlook
        assert outlook is not None
        (entry,) = outlook.variants
        promised.append([entry.ship, entry.harm, entry.no_gain])
        action = at(given, N2, later, look(3), None).decision.action
        happened.append([OUTCOMES.get(action) == name for name in ("ship", "harm", "no_gain")])
    chances, seen = np.array(promised, dtype=float), np.array(happened, dtype=float)
    error = np.sqrt((chances * (1 - chances)).sum(axis=0)) / len(chances)
    assert (np.abs(chances.mean(axis=0) - seen.mean(axis=0)) < 4 * error + 0.005).all()
    for place in range(3):
        unsure = (chances[:, place] > 0.15) & (chances[:, place] < 0.85)
        spread = sqrt(0.25 / unsure.sum())
        assert abs(chances[unsure, place].mean() - seen[unsure, place].mean()) < 4 * spread


def test_a_lone_goal_by_hand(build: Callable, look: Callable) -> None:
    given = build({"entry": {"cross": 0.06}}, n=N1)
    given = replace(given, metrics=given.metrics[:1], looks=look(2), next_look=COMING)
    report = build_report(given)
    assert report.outlook is not None
    (entry,) = report.outlook.variants
    z = report.metrics[0].absolute.statistic
    critical = build_report(replace(given, looks=look(3), next_look=None)).metrics[0].critical
    assert z is not None
    assert critical is not None
    by_hand = norm.cdf((z * sqrt(1.5) - critical) / sqrt(0.5))
    assert entry.ship == pytest.approx(by_hand, abs=0.01)
    assert entry.verdict == pytest.approx((entry.ship or 0) + (entry.harm or 0) + (entry.no_gain or 0))
    assert entry.delay.reason == "The net gain is not measured at this look."


def test_before_the_first_look_the_plan_alone_speaks(build: Callable, look: Callable) -> None:
    chances = {"cross-sell": 0.9, "up-sell": 0.85, "calls": 0.95}
    first = replace(COMING, number=1, growth=None, information=0.2, power_in_plan=chances)
    waiting = replace(look(1), number=None, is_look=False, final=False, information=0.05)
    report = build_report(build(looks=waiting, next_look=first))
    assert report.outlook is not None
    assert report.outlook.basis == "plan"
    (entry,) = report.outlook.variants
    # Printed by ldbounds for five equal looks: 4.8769 at the first, 2.0310 at the last.
    by_hand = 1.0
    for chance in chances.values():
        by_hand *= norm.cdf((2.0310 + norm.ppf(chance)) * sqrt(0.2) - 4.8769)
    assert entry.ship == pytest.approx(by_hand, rel=1e-3)
    assert (entry.harm, entry.delay.per_week) == (None, None)
    for known in ({}, {"cross-sell": 0.9, "up-sell": 0.85}):  # of a part that was not sized nobody knows the chance
        without = build_report(build(looks=waiting, next_look=replace(first, power_in_plan=known)))
        assert without.outlook is not None
        assert without.outlook.variants[0].ship is None


def test_one_of_two_goals_is_enough_for_the_plan_too(build: Callable, look: Callable, plans: dict[str, Any]) -> None:
    two = (plans["cross-sell"], replace(plans["up-sell"], role=Role.GOAL, margin=None))
    chances = {"cross-sell": 0.9, "up-sell": 1.0}  # a power whose last digits are lost is as good as 1
    first = replace(COMING, number=1, growth=None, information=0.6, power_in_plan=chances)
    waiting = Looks(planned=(0.6, 1.0), number=None, is_look=False, final=False, information=0.05)
    ship = {}
    for rule in GoalRule:
        report = build_report(build(metrics=two, goal_rule=rule, looks=waiting, next_look=first))
        assert report.outlook is not None
        ship[rule] = report.outlook.variants[0].ship
    full, half = (critical_values((0.6, 1.0), alpha) for alpha in (0.025, 0.0125))
    passes = [norm.cdf((end + norm.ppf(0.9)) * sqrt(0.6) - early) for early, end in (full, half)]
    assert ship[GoalRule.ALL] == pytest.approx(passes[0], abs=1e-3)
    assert ship[GoalRule.ANY] == pytest.approx(1.0, abs=1e-3)
    lone = replace(first, power_in_plan={"cross-sell": 0.9, "up-sell": 1e-13})
    report = build_report(build(metrics=two, goal_rule=GoalRule.ANY, looks=waiting, next_look=lone))
    assert report.outlook is not None
    assert report.outlook.variants[0].ship == pytest.approx(passes[1], abs=1e-3)


@pytest.mark.parametrize(
    "changes",
    [{"next_look": None}, {"looks": Looks(planned=(0.5, 1.0), number=1, is_look=False, final=False)},
     {"looks": Looks(planned=(0.5, 1.0), number=2, final=True)}],
)  # fmt: skip
def test_nothing_is_promised_where_nothing_is_to_come(build: Callable, look: Callable, changes: dict[str, Any]) -> None:
    assert build_report(replace(build(looks=look(2), next_look=COMING), **changes)).outlook is None


def test_several_variants_share_the_error_and_reports_keep_it(build: Callable, look: Callable) -> None:
    arms = {"entry": {"cross": 0.08}, "banner": {"cross": -0.02, "up": -0.1}}
    report = build_report(build(arms, n=N1, looks=look(2), next_look=COMING))
    assert report.outlook is not None
    entry, banner = report.outlook.variants
    assert (entry.ship or 0) > (banner.ship or 0)
    assert (banner.harm or 0) > (entry.harm or 0)
    assert Report.from_dict(report.to_dict()) == report
    assert isinstance(report.outlook, Outlook)
    old = report.to_dict()
    del old["outlook"]
    assert Report.from_dict(old).outlook is None
