"""Sizing a test that draws agents: what is known of one contact becomes what is known of one agent.

Values, effects and margins are those of a contact (sales per contact, seconds of a contact). Contacts of one agent are
alike, so that k agents with m contacts each say less than k m contacts: by the design effect of `stats.power.clusters`.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TypeVar

from experiments.decision.sizing.agents import Agents
from experiments.decision.sizing.known import KnownMetric
from experiments.decision.sizing.lines import GoalLine, GuardrailLine, Sizing
from experiments.decision.sizing.outcome import SizingOutcome
from experiments.domain.metric import MetricKind

Line = TypeVar("Line", GoalLine, GuardrailLine, KnownMetric, GoalLine | KnownMetric, GuardrailLine | KnownMetric)

#: Days of the flat curve of agents, who are all there from the first day.
TWO_WEEKS = 14


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
