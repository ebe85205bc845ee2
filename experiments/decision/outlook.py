"""If you wait: when the next look falls, how likely it settles the test, and what the weeks until then cost.

The chances are predictive: they rest on this look's statistics, on nothing assumed beforehand, and on the pace at which
information has come so far. Before the first look they rest on the plan alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Basis = Literal["look", "plan"]


@dataclass(frozen=True)
class NextLook:
    """What the schedule says about the next look.

    Attributes:
        number: of the look, counted from 1.
        at: ISO 8601 in UTC.
        weeks: from this report to it.
        growth: planned information at the next look over that at the last one taken; None before the first.
        information: share of the planned units that the plan expects at it.
        last: whether it is the last one of the plan.
        units_per_week: exposed units so far over the weeks since the start; None in the first week.
        enrolment: share of the audience that takes part.
        power_in_plan: by metric key, chance of that part at the end if everything is as planned.
    """

    number: int
    at: str
    weeks: float
    growth: float | None
    information: float
    last: bool
    units_per_week: float | None = None
    enrolment: float = 1.0
    power_in_plan: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Delay:
    """What a week of waiting costs, in major units of money.

    Attributes:
        per_week: expected gain that the units who see another variant, or take no part, miss in one week:
            E[max(net, 0)] per unit, times those units. None where it is not known.
        reason: why it is not known.
    """

    per_week: float | None
    currency: str = ""
    reason: str | None = None


@dataclass(frozen=True)
class VariantOutlook:
    """What the next look will probably say about one variant; chances between 0 and 1, None where not computable.

    Attributes:
        ship: every goal better and every guardrail holds.
        harm: a goal worse or a guardrail broken.
        no_gain: guardrails hold and the planned effect is excluded.
        reason: why there are no chances.
    """

    variant: str
    ship: float | None
    harm: float | None
    no_gain: float | None
    delay: Delay
    reason: str | None = None

    @property
    def verdict(self) -> float | None:
        """Chance that the look settles the variant, one way or the other."""
        parts = [self.ship, self.harm, self.no_gain]
        known = [part for part in parts if part is not None]
        return min(1.0, sum(known)) if known else None


@dataclass(frozen=True)
class Outlook:
    """What waiting for the next look means.

    Attributes:
        basis: "look" = predicted from this look; "plan" = before the first look, if everything is as planned.
        weeks: from this report to the look.
    """

    basis: Basis
    number: int
    planned: int
    at: str
    weeks: float
    variants: tuple[VariantOutlook, ...]
