"""Goals and guardrails of every variant, with the level each variant is judged at.

One variant carries the full alpha. Several variants with looks carry alpha / k each; without looks Holm's steps over
the p-value of the joint rule, the largest of its parts (intersection-union test).
"""

from __future__ import annotations

from collections.abc import Callable

from experiments.decision.after_stop import with_after_stop
from experiments.decision.bar import decision_bar, harm_bar
from experiments.decision.inputs import AnalysisInput, MetricPlan
from experiments.decision.metric_result import MetricResult
from experiments.decision.response import response_fault
from experiments.decision.row import judged_row
from experiments.decision.stepwise import stepwise
from experiments.decision.words import Verdict
from experiments.domain.metric import Role
from experiments.domain.plan import GoalRule
from experiments.stats.effect import Effect

Rows = tuple[MetricResult, ...]


def arm_rows(given: AnalysisInput) -> dict[str, Rows]:
    """Rows of goals and guardrails by variant key, each with its verdict."""
    keys = [variant.key for variant in given.treatments]

    def judge(variant: str, alpha: float) -> Rows:
        return tuple(_row(given, plan, variant, alpha) for plan in given.metrics if _in_rule(plan))

    if given.looks.sequential or len(keys) == 1:
        return {variant: judge(variant, given.alpha / len(keys)) for variant in keys}
    p_values = {variant: joint_p(judge(variant, given.alpha), given.goal_rule) for variant in keys}
    return stepwise(p_values, given.alpha, judge, lambda rows: rule_met(rows, given.goal_rule))


def rule_met(rows: Rows, goal_rule: GoalRule) -> bool:
    """True where the goals are superior and every guardrail holds."""
    guardrails = [row for row in rows if row.role is Role.GUARDRAIL]
    return goals_superior(rows, goal_rule) and all(row.verdict is Verdict.HOLDS for row in guardrails)


def goals_superior(rows: Rows, goal_rule: GoalRule) -> bool:
    """True where all goals are better, or one of them where one suffices; never without a goal."""
    better = [row.verdict is Verdict.BETTER for row in rows if row.role is Role.GOAL]
    combine: Callable[[list[bool]], bool] = all if goal_rule is GoalRule.ALL else any
    return bool(better) and combine(better)


def joint_p(rows: Rows, goal_rule: GoalRule) -> float | None:
    """P-value of the joint rule: the largest of its parts; None without a goal.

    Where one goal suffices, the smallest of theirs counts, times their number.
    """
    goals = [one_sided_p(row.absolute, row.direction) for row in rows if row.role is Role.GOAL]
    known = [1.0 if p is None else p for p in goals]
    if not known:
        return None
    goal = max(known) if goal_rule is GoalRule.ALL else min(1.0, len(known) * min(known))
    tests = [row.noninferiority for row in rows if row.noninferiority is not None]
    return max([goal, *(1.0 if test.p is None else test.p for test in tests)])


def one_sided_p(effect: Effect, direction: int) -> float | None:
    """P-value of "better than the control" from a two-sided one."""
    if effect.p is None or effect.statistic is None:
        return None
    return effect.p / 2 if effect.statistic * direction > 0 else 1 - effect.p / 2


def _in_rule(plan: MetricPlan) -> bool:
    return plan.role in (Role.GOAL, Role.GUARDRAIL)


def _row(given: AnalysisInput, plan: MetricPlan, variant: str, alpha: float) -> MetricResult:
    share = alpha / len(given.with_role(Role.GOAL)) if _splits(given, plan) else alpha
    deciding = decision_bar(given.looks, share)
    groups = given.groups(plan, variant)
    blocked = response_fault(plan, groups)
    row = judged_row(plan, variant, groups, deciding, harm_bar(given.looks, deciding), blocked)
    return with_after_stop(given, plan, row, groups, share)


def _splits(given: AnalysisInput, plan: MetricPlan) -> bool:
    """Only goals share alpha, and only where one of them suffices."""
    return plan.role is Role.GOAL and given.goal_rule is GoalRule.ANY
