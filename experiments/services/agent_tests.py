"""What a test that draws agents may ask: there are few agents, and facts about customers are not facts about them."""

from __future__ import annotations

from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Column, EventKind, Metric, MetricKind
from experiments.services.definitions import Definition

#: What an agent can have handled, as events carry the agent.
HANDLED = "contacts, sales, surveys and events of your own"


def check(definition: Definition, metrics: list[Metric]) -> None:
    """Raise where a test of agents asks for what cannot be had of them; other units pass.

    Args:
        metrics: those of the definition, in its order.

    Raises:
        DomainError: `not_of_agents`, with the field.
    """
    if definition.unit is not UnitKind.AGENT:
        return
    for place, metric in enumerate(metrics):
        _check_metric(metric, f"metrics.{place}.metric")
    if definition.audience.remote:
        raise _refusal(
            "audience", "holds rules or a policy about customers; where agents are drawn only what your own system "
            "says of the agent can be a rule",
        )  # fmt: skip
    if definition.plan.looks != 1:
        raise _refusal(
            "plan.looks", f"== {definition.plan.looks}, must be 1: agents enter together and their windows close "
            "together, so that there is nothing to read in between",
        )  # fmt: skip


def _check_metric(metric: Metric, field: str) -> None:
    columns: list[Column] = [metric.column, *([metric.denominator] if metric.denominator else [])]
    if any(column.event.kind is EventKind.PAGE for column in columns):
        raise _refusal(field, f"== {metric.key!r}, counts page views, which no agent handles; measure {HANDLED}")
    if metric.kind is MetricKind.RATE:
        raise _refusal(
            field, f"== {metric.key!r}, is a share of units, and nearly every agent sells something; measure a ratio "
            "such as sales per contact",
        )  # fmt: skip


def _refusal(field: str, words: str) -> DomainError:
    return DomainError("not_of_agents", f"{field} {words}.", field)
