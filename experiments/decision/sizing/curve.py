"""How the chance of each part of the rule grows with the weeks a test runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.decision.sizing.agents import resolved
from experiments.decision.sizing.lines import Sizing
from experiments.decision.sizing.margins import margin_of
from experiments.decision.sizing.outcome import SizingOutcome
from experiments.decision.sizing.specs import design_of, goal_spec, guardrail_spec, traffic_of

LONGEST_WEEKS = 52


@dataclass(frozen=True, slots=True)
class PowerLine:
    """Power of one part after each number of weeks."""

    key: str
    role: Literal["goal", "guardrail"]
    weeks: tuple[int, ...]
    power: tuple[float, ...]


def power_by_weeks(sizing: Sizing, outcome: SizingOutcome) -> tuple[PowerLine, ...]:
    """Power of the goal and of each guardrail from the first week to half as long again as planned."""
    from experiments.stats.power import power

    sizing = resolved(sizing)
    last = min(LONGEST_WEEKS, max(4, round(1.5 * (outcome.weeks or LONGEST_WEEKS))))
    weeks = tuple(range(1, last + 1))
    design, traffic = design_of(sizing), traffic_of(sizing)
    share = 1 / (1 + sizing.allocation * design.treatments)
    control = [traffic.units_after(7 * week) * share for week in weeks]
    goals = [
        PowerLine(g.key, "goal", weeks, tuple(power(goal_spec(g), n, design) for n in control)) for g in sizing.goals
    ]
    guardrails = []
    for line in sizing.guardrails:
        spec = guardrail_spec(line, margin_of(line, sizing.goals))
        guardrails.append(PowerLine(line.key, "guardrail", weeks, tuple(power(spec, n, design) for n in control)))
    return (*goals, *guardrails)
