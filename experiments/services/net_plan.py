"""The declaration of a test that stated none: what its goals and metrics say, marked as assumed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from experiments.domain.experiment import Experiment
from experiments.domain.metric import EventKind, Metric, Role
from experiments.domain.net_plan import PROMOTED, PROTECTED, NetPlan, SaleSet, usual_early
from experiments.services.net_definition import ASSUMABLE


def net_plan_of(experiment: Experiment, metrics: Iterable[Metric]) -> NetPlan:
    """The declaration a report is read by: that of the plan, which launch has completed, else the derived one."""
    return completed(experiment, metrics) if experiment.plan.net is None else experiment.plan.net


def completed(experiment: Experiment, metrics: Iterable[Metric]) -> NetPlan:
    """The plan's declaration with what nobody stated filled in from the metrics in use, and listed as assumed.

    Args:
        metrics: definitions of the experiment's metrics.

    Raises:
        DomainError: what was stated does not fit what follows from the metrics.
    """
    derived = _derived(experiment, metrics)
    stated = experiment.plan.net
    if stated is None:
        return derived
    filled = {name: getattr(derived, name) for name in stated.assumed if name in ASSUMABLE}
    if "early_days" in filled:
        filled["early_days"] = usual_early(filled.get("horizon_days", stated.horizon_days))
    return replace(stated, **filled)


def _derived(experiment: Experiment, metrics: Iterable[Metric]) -> NetPlan:
    by_key = {metric.key: metric for metric in metrics}
    used = [(use.role, by_key[use.metric]) for use in experiment.metrics if use.metric in by_key]
    sales = [(role, metric) for role, metric in used if metric.column.event.kind is EventKind.SALE]
    goals = [metric for role, metric in sales if role is Role.GOAL]
    protected = [metric for role, metric in sales if role is Role.GUARDRAIL and metric.protected]
    usual = NetPlan()
    horizon = max([2, *(metric.window_days for metric in goals)] if goals else [usual.horizon_days])
    return replace(
        usual,
        promoted=_set_of(goals, PROMOTED),
        protected=_set_of(protected, PROTECTED),
        horizon_days=horizon,
        early_days=usual_early(horizon),
        return_days=max((metric.return_days for metric in goals), default=usual.return_days),
        currency=str(experiment.plan.sizing.get("currency") or ""),
        assumed=ASSUMABLE,
    )


def _set_of(metrics: list[Metric], usual: SaleSet) -> SaleSet:
    """Relations and families of all of them together; the usual set where they restrict nothing."""
    relations = tuple(dict.fromkeys(relation for metric in metrics for relation in metric.column.event.relations))
    families = [metric.column.event.families for metric in metrics]
    named = tuple(dict.fromkeys(key for keys in families for key in keys)) if all(families) else ()
    found = SaleSet(named, relations)
    return usual if found.empty else found
