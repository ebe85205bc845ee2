"""How the chance of each part of the rule grows with the weeks a test runs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from experiments.decision.sizing.lines import Sizing
from experiments.decision.sizing.margins import margin_of
from experiments.decision.sizing.outcome import SizingOutcome
from experiments.decision.sizing.per_agent import resolved
from experiments.decision.sizing.specs import design_of, goal_spec, guardrail_spec, traffic_of

#: Up to which week every week is drawn, and further only where the plan itself takes longer.
LONGEST_WEEKS = 52


@dataclass(frozen=True, slots=True)
class PowerLine:
    """Power of one part after each number of weeks."""

    key: str
    role: Literal["goal", "guardrail"]
    weeks: tuple[int, ...]
    power: tuple[float, ...]


def drawn_weeks(planned: int | None) -> tuple[int, ...]:
    """Weeks to draw a plan over: half as long again as planned within a year, always past the planned end.

    After a year at most about `LONGEST_WEEKS` points more; the planned end is one of them. None = the traffic never
    brings the units.
    """
    planned = planned or LONGEST_WEEKS
    half_more = min(LONGEST_WEEKS, max(4, round(1.5 * planned)))
    last = half_more if planned <= LONGEST_WEEKS else planned + ceil(planned / 10)
    step = max(1, ceil((last - LONGEST_WEEKS) / LONGEST_WEEKS))
    first_year = range(1, min(last, LONGEST_WEEKS) + 1)
    return tuple(sorted({*first_year, *range(LONGEST_WEEKS, last + 1, step), planned, last}))


def power_by_weeks(sizing: Sizing, outcome: SizingOutcome) -> tuple[PowerLine, ...]:
    """Power of the goal and of each guardrail in each of `drawn_weeks`."""
    from experiments.stats.power import power

    sizing = resolved(sizing)
    weeks = drawn_weeks(outcome.weeks)
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
