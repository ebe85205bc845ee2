"""What history says of agents: how many contacts each has, and how alike the contacts of one agent are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import EventKind, Metric, Value
from experiments.services.history_result import Lookback, MetricHistory, OfAgents
from experiments.stats.moments import Moments
from experiments.store.history import Sight, seconds_spread


def check_of_agents(wanted: Lookback) -> None:
    """Refuse what is known of customers and pages only.

    Raises:
        DomainError: `not_of_agents`.
    """
    if wanted.unit is not UnitKind.AGENT:
        return
    told = {
        "page": wanted.page,
        "holdings": wanted.holds,
        "holdings_not": wanted.lacks,
        "holdings_any": wanted.holds_any,
    }
    for field, value in told.items():
        if value:
            raise DomainError("not_of_agents", f"{field} must be empty where agents are looked back at.", field)


def with_contacts(
    session: Session, sight: Sight, metrics: Sequence[Metric], found: tuple[MetricHistory, ...], moments: Moments
) -> tuple[MetricHistory, ...]:
    """The same, with contacts per agent and intra-cluster correlation for ratios over contacts."""
    if sight.unit is not UnitKind.AGENT:
        return found
    return tuple(
        replace(told, of_agents=_of_agents(session, sight, metric, told, moments))
        for metric, told in zip(metrics, found, strict=True)
    )


def _of_agents(
    session: Session, sight: Sight, metric: Metric, told: MetricHistory, moments: Moments
) -> OfAgents | None:
    from experiments.stats.power.clusters import implied_icc

    if metric.denominator is None or metric.denominator.event.kind is not EventKind.CONTACT:
        return None
    column = f"{metric.key}:per"
    contacts = moments.mean_of(column)
    if contacts <= 0:
        return None
    cv = sqrt(moments.var_of(column)) / contacts
    sd = _spread(session, sight, metric, told.baseline)
    icc = None if sd is None or told.sd is None else implied_icc(told.sd, sd, contacts, cv)
    return OfAgents(contacts, cv, sd, icc)


def _spread(session: Session, sight: Sight, metric: Metric, baseline: float) -> float | None:
    """Standard deviation of one contact: of seconds as stored, of what a contact has or has not by its share."""
    if metric.column.value is Value.SECONDS:
        return seconds_spread(session, sight)
    if metric.column.value in (Value.COUNT, Value.ORDERS) and 0 < baseline < 1:
        return sqrt(baseline * (1 - baseline))
    return None
