"""Sizing a test that draws agents: what is known of one contact becomes what is known of one agent.

Values, effects and margins are those of a contact (sales per contact, seconds of a contact). Contacts of one agent are
alike, so that k agents with m contacts each say less than k m contacts: by the design effect of `stats.power.clusters`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, Any, TypeVar

from experiments.domain.checks import check_range
from experiments.domain.metric import MetricKind

if TYPE_CHECKING:
    from experiments.decision.sizing.known import KnownMetric
    from experiments.decision.sizing.lines import GoalLine, GuardrailLine, Sizing
    from experiments.decision.sizing.outcome import SizingOutcome
    from experiments.stats.power.clusters import Clusters

    Line = TypeVar("Line", GoalLine, GuardrailLine, KnownMetric, GoalLine | KnownMetric, GuardrailLine | KnownMetric)

#: Days of the flat curve of agents, who are all there from the first day.
TWO_WEEKS = 14


@dataclass(frozen=True, slots=True)
class Agents:
    """What is known of the agents.

    Args:
        available: agents who can take part, over all variants.
        contacts: mean contacts of one agent inside the window of the metrics.
        icc: intra-cluster correlation: share of the variance of one contact that lies between agents.
        cv: spread of the number of contacts between agents over its mean; 0 = all handle as many.
    """

    available: int
    contacts: float
    icc: float
    cv: float = 0.0

    def __post_init__(self) -> None:
        """Check every bound."""
        check_range(self.available, "agents.available", low=4, high=1_000_000)
        check_range(self.contacts, "agents.contacts", low=1, high=1_000_000)
        check_range(self.icc, "agents.icc", low=0, high=1)
        check_range(self.cv, "agents.cv", low=0, high=10)

    @property
    def clusters(self) -> Clusters:
        """The same as the statistics take it."""
        from experiments.stats.power.clusters import Clusters

        return Clusters(self.contacts, self.icc, self.cv)

    def per_week(self, window_days: int) -> float:
        """Contacts of all agents in a week."""
        return self.available * self.contacts * 7 / max(window_days, 1)

    def to_dict(self, needed: int) -> dict[str, Any]:
        """JSON-ready form, with what follows from it.

        Args:
            needed: agents of the plan, in all variants.
        """
        return {
            "available": self.available,
            "contacts": self.contacts,
            "icc": self.icc,
            "cv": self.cv,
            "design_effect": self.clusters.design_effect,
            "contacts_in_all": needed * self.contacts,
        }


def told_of(agents: Agents, outcome: SizingOutcome) -> SizingOutcome:
    """The answer with what is known of the agents, and what it rests on in their words."""
    effect = agents.clusters.design_effect
    lines = [
        f"one agent with {agents.contacts:g} contacts says as much as {agents.contacts / effect:.1f} contacts that are "
        f"independent: design effect 1 + ((1 + cv²) m − 1) ρ = {effect:.2f} (Eldridge et al. 2006)",
        "Student's t with n_c + n_t − 2 degrees of freedom, because agents are few",
        "all agents are there from the first day",
    ]
    kept = [line for line in outcome.assumptions if not line.startswith("past the measured curve")]
    return replace(outcome, agents=agents.to_dict(outcome.joint_total), assumptions=(*lines, *kept))


def resolved(sizing: Sizing) -> Sizing:
    """The sizing per agent; one that draws no agents stays as it is."""
    agents = sizing.agents
    if agents is None:
        return sizing
    return replace(
        sizing,
        goals=tuple(per_agent(line, agents) for line in sizing.goals),
        guardrails=tuple(per_agent(line, agents) for line in sizing.guardrails),
        traffic_by_day=(float(agents.available),) * TWO_WEEKS,
        few=True,
        agents=None,
    )


def per_agent(line: Line, agents: Agents) -> Line:
    """A line with the standard deviation of an agent's ratio; of a share of contacts it follows from the share."""
    contact = sqrt(line.baseline * (1 - line.baseline)) if line.sd is None else line.sd
    return replace(line, kind=MetricKind.RATIO, sd=agents.clusters.sd(contact))
