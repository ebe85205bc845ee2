"""The declaration of a test that stated none: what its goals and metrics say, marked as assumed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from experiments.domain.channel import Channel
from experiments.domain.experiment import Experiment
from experiments.domain.metric import EventKind, Metric, Role
from experiments.domain.net_plan import EARLY_DAYS, PROMOTED, PROTECTED, NetPlan, SaleSet
from experiments.services.net_definition import ASSUMABLE


def net_plan_of(experiment: Experiment, metrics: Iterable[Metric]) -> NetPlan:
    """The plan's own declaration, else one derived from the metrics in use.

    Args:
        metrics: definitions of the experiment's metrics.
    """
    if experiment.plan.net is not None:
        return experiment.plan.net
    by_key = {metric.key: metric for metric in metrics}
    goals = [by_key[use.metric] for use in experiment.goals if use.metric in by_key]
    sales = [metric for metric in goals if metric.column.event.kind is EventKind.SALE]
    guarded = [by_key[use.metric] for use in experiment.metrics if use.role is Role.GUARDRAIL and use.metric in by_key]
    protected = [metric for metric in guarded if metric.protected and metric.column.event.kind is EventKind.SALE]
    usual = NetPlan()
    windows = [metric.window_days for metric in sales]
    horizon = max(windows, default=usual.horizon_days)
    return replace(
        usual,
        promoted=_set_of(sales, PROMOTED),
        protected=_set_of(protected, PROTECTED),
        channels=(Channel.WEB, Channel.APP),
        horizon_days=max(2, horizon),
        early_days=max(1, min(EARLY_DAYS, horizon // 2)),
        return_days=max((metric.return_days for metric in sales), default=usual.return_days),
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
