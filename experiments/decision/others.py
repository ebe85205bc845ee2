"""Metrics outside the rule: secondary ones corrected by Holm's steps, exploratory ones as they are."""

from __future__ import annotations

from dataclasses import replace

from experiments.decision.bar import decision_bar
from experiments.decision.inputs import AnalysisInput, MetricPlan
from experiments.decision.metric_result import MetricResult
from experiments.decision.response import response_fault
from experiments.decision.row import judged_row
from experiments.decision.stepwise import holm, stepwise
from experiments.decision.words import Verdict
from experiments.domain.metric import Role

Key = tuple[str, str]


def other_rows(given: AnalysisInput) -> dict[Key, MetricResult]:
    """Rows of secondary and exploratory metrics by (variant, metric)."""
    return secondary_rows(given) | exploratory_rows(given)


def secondary_rows(given: AnalysisInput) -> dict[Key, MetricResult]:
    """Secondary metrics of all variants: one family, both sides, at the experiment's level."""
    plans = _by_key(given, Role.SECONDARY)
    p_values = {key: _row(given, plan, key[0], given.alpha).absolute.p for key, plan in plans.items()}
    rows = stepwise(
        p_values,
        given.alpha,
        lambda key, alpha: _row(given, plans[key], key[0], alpha),
        lambda row: row.verdict in (Verdict.BETTER, Verdict.WORSE),
    )
    if given.looks.sequential:
        # A p-value of one look knows nothing of the others; the boundary of the look has judged instead.
        return rows
    adjusted = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    return {key: replace(row, adjusted_p=adjusted[key]) for key, row in rows.items()}


def exploratory_rows(given: AnalysisInput) -> dict[Key, MetricResult]:
    """Exploratory metrics of all variants at the bar of this look."""
    plans = _by_key(given, Role.EXPLORATORY)
    return {key: _row(given, plan, key[0], given.alpha) for key, plan in plans.items()}


def _by_key(given: AnalysisInput, role: Role) -> dict[Key, MetricPlan]:
    return {(variant.key, plan.key): plan for variant in given.treatments for plan in given.with_role(role)}


def _row(given: AnalysisInput, plan: MetricPlan, variant: str, alpha: float) -> MetricResult:
    groups = given.groups(plan, variant)
    return judged_row(plan, variant, groups, decision_bar(given.looks, alpha), None, response_fault(plan, groups))
