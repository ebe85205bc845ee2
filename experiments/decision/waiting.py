"""Compute the outlook of a report; see `outlook` for what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod, sqrt

import numpy as np
import numpy.typing as npt

from experiments.decision.arms import Rows
from experiments.decision.bar import Bar, decision_bar, harm_bar
from experiments.decision.gross_to_net.block import GrossToNet
from experiments.decision.inputs import AnalysisInput
from experiments.decision.metric_result import MetricResult
from experiments.decision.outlook import Delay, NextLook, Outlook, VariantOutlook
from experiments.domain.metric import Role
from experiments.domain.plan import GoalRule
from experiments.stats.cuped import pair_of
from experiments.stats.moments import Matrix
from experiments.stats.predictive import next_statistics, planned_chance
from experiments.stats.value import expected_positive

_RULE = (Role.GOAL, Role.GUARDRAIL)
_NOT_COMPUTABLE = "A metric of the rule has no test statistic at this look."
_NO_SIZES = "The plan does not hold the chance of every part; chances are told from the first look on."
_SURE = 1 - 1e-12
Flags = npt.NDArray[np.bool_]


def outlook(given: AnalysisInput, metrics: Rows, block: GrossToNet | None) -> Outlook | None:
    """What waiting means; None where there is no next look, or between looks, where nothing is computed."""
    coming = given.next_look
    if coming is None or given.looks.closing or (not given.looks.is_look and given.looks.number is not None):
        return None
    if given.looks.is_look:
        found = tuple(_predicted(given, coming, metrics, variant.key, block) for variant in given.treatments)
        return Outlook("look", coming.number, len(given.looks.planned), coming.at, coming.weeks, found)
    unknown = Delay(None, reason="Known from the first look on.")
    ship = _planned(given, coming)
    found = tuple(
        VariantOutlook(variant.key, ship, None, None, unknown, None if ship is not None else _NO_SIZES)
        for variant in given.treatments
    )
    return Outlook("plan", coming.number, len(given.looks.planned), coming.at, coming.weeks, found)


def next_bars(given: AnalysisInput, coming: NextLook, alpha: float) -> tuple[Bar, Bar]:
    """(deciding, harm) at the next look, at the pace so far."""
    reached = (*given.looks.taken, (given.looks.taken[-1] if given.looks.taken else 0.0) * (coming.growth or 1.0))
    if coming.growth is None:
        reached = (coming.information,)
    closing = coming.last or reached[-1] >= 1
    looks = replace(given.looks, number=coming.number, reached=reached, is_look=True, final=closing)
    deciding = decision_bar(looks, alpha)
    return deciding, harm_bar(looks, deciding)


def _predicted(
    given: AnalysisInput, coming: NextLook, metrics: Rows, variant: str, block: GrossToNet | None
) -> VariantOutlook:
    rows = [row for row in metrics if row.variant == variant and row.role in _RULE]
    delay = _delay(given, coming, variant, block)
    usable = coming.growth is not None and coming.growth > 1 and _goals(rows) and all(map(_has_statistics, rows))
    if not usable or coming.growth is None:
        return VariantOutlook(variant, None, None, None, delay, _NOT_COMPUTABLE)
    draws = next_statistics([_z(row) for row in rows], _correlation(given, rows, variant), coming.growth)
    ship, harm, no_gain = _outcomes(given, coming, rows, draws)
    return VariantOutlook(variant, float(ship.mean()), float(harm.mean()), float(no_gain.mean()), delay)


def _outcomes(
    given: AnalysisInput, coming: NextLook, rows: Sequence[MetricResult], draws: Matrix
) -> tuple[Flags, Flags, Flags]:
    """Per draw whether the rule is met, something is harmed, or the planned gain is excluded; at most one of them."""
    root = sqrt(coming.growth or 1.0)
    alpha = given.alpha / len(given.treatments)
    goals = _goals(rows)
    share = alpha / len(goals) if given.goal_rule is GoalRule.ANY else alpha
    better, excluded, worse, holds = [], [], [], []
    for place, row in enumerate(rows):
        good = draws[:, place] * row.direction
        deciding, harm = next_bars(given, coming, share if row.role is Role.GOAL else alpha)
        if row.role is Role.GOAL:
            wins = good >= deciding.z
            better.append(wins)
            worse.append(good <= -harm.z)
            excluded.append(~wins & _excludes_plan(row, good, deciding.z, root))
        else:
            noise = good - _z(row) * row.direction * root
            clears = (_ni(row) * root + noise) >= deciding.z
            holds.append(clears)
            worse.append(~((_ni(row) * root + noise) >= harm.z) & (good <= -harm.z))
    every = given.goal_rule is GoalRule.ALL
    met = np.all(better, axis=0) if every else np.any(better, axis=0)
    hopeless = np.any(excluded, axis=0) if every else np.all(excluded, axis=0)
    held = np.all(holds, axis=0) if holds else np.ones(len(draws), dtype=bool)
    harmed = np.any(worse, axis=0)
    ship = met & held & ~harmed
    return ship, harmed, held & ~met & ~harmed & hopeless


def _excludes_plan(row: MetricResult, good: npt.NDArray[np.float64], critical: float, root: float) -> Flags:
    """Whether the interval's better end stays below the planned effect."""
    se, control = row.absolute.se, row.control_value
    if row.planned_effect is None or not se or control is None:
        return np.zeros(len(good), dtype=bool)
    return np.asarray(good + critical < row.planned_effect * abs(control) / (se / root), dtype=bool)


def _goals(rows: Sequence[MetricResult]) -> list[MetricResult]:
    return [row for row in rows if row.role is Role.GOAL]


def _has_statistics(row: MetricResult) -> bool:
    test = row.noninferiority
    return row.absolute.statistic is not None and (test is None or test.statistic is not None)


def _z(row: MetricResult) -> float:
    return row.absolute.statistic or 0.0


def _ni(row: MetricResult) -> float:
    test = row.noninferiority
    return (test.statistic or 0.0) if test else 0.0


def _correlation(given: AnalysisInput, rows: Sequence[MetricResult], variant: str) -> Matrix:
    """Of the absolute effects; metrics with units of their own are taken as independent of the others."""
    plans = {plan.key: plan for plan in given.metrics}
    shared = [place for place, row in enumerate(rows) if row.metric not in given.own_moments]
    found: Matrix = np.eye(len(rows))
    if len(shared) > 1:
        measures = [plans[rows[place].metric].measure for place in shared]
        sigma = pair_of(measures, given.moments[given.control.key], given.moments[variant]).sigma
        spread = np.sqrt(np.diag(sigma))
        found[np.ix_(shared, shared)] = sigma / np.outer(spread, spread)
    return found


def _planned(given: AnalysisInput, coming: NextLook) -> float | None:
    """Chance that the first look meets the rule if effects are as planned, the parts taken as independent."""
    chances = coming.power_in_plan
    rule = [plan for plan in given.metrics if plan.role in _RULE]
    if not chances or any(plan.key not in chances for plan in rule):
        return None
    goals = [_passes(given, coming, plan.role, chances[plan.key]) for plan in rule if plan.role is Role.GOAL]
    guards = [_passes(given, coming, plan.role, chances[plan.key]) for plan in rule if plan.role is Role.GUARDRAIL]
    every = given.goal_rule is GoalRule.ALL
    return (prod(goals) if every else 1 - prod(1 - chance for chance in goals)) * prod(guards)


def _passes(given: AnalysisInput, coming: NextLook, role: Role, at_end: float) -> float:
    """Chance of one part to pass its boundary at the first look, from its chance at the end."""
    alpha = given.alpha / len(given.treatments)
    if role is Role.GOAL and given.goal_rule is GoalRule.ANY:
        alpha /= len(given.with_role(Role.GOAL))
    first, _ = next_bars(given, coming, alpha)
    end = replace(given.looks, number=len(given.looks.planned), reached=given.looks.planned, is_look=True, final=True)
    # A chance of 1 is one whose last digits are lost.
    sure = min(max(at_end, 1 - _SURE), _SURE)
    return planned_chance(sure, coming.information, first.z, decision_bar(end, alpha).z)


def _delay(given: AnalysisInput, coming: NextLook, variant: str, block: GrossToNet | None) -> Delay:
    arm = block.of(variant) if block else None
    if arm is None or arm.waterfall.net.status != "ok":
        return Delay(None, reason="The net gain is not measured at this look.")
    fall = arm.waterfall
    net, half = fall.net, None if fall.net.lo is None or fall.net.hi is None else (fall.net.hi - fall.net.lo) / 2
    if coming.units_per_week is None or net.value is None or not half:
        return Delay(None, reason="The pace or the interval of the net gain is not known.")
    sd = half / (fall.bar.critical or Bar(given.alpha).z)
    weight = next(each.weight for each in given.variants if each.key == variant) or 0.0
    missing = coming.units_per_week / coming.enrolment * (1 - weight * coming.enrolment)
    return Delay(expected_positive(net.value, sd) / fall.per * missing, fall.currency)
