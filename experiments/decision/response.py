"""When a metric is not testable: the data lack what a test needs, or survey answers cannot be compared.

Surveys are heard from responders only, and the responders of two variants need not be alike.
"""

from __future__ import annotations

from experiments.decision.formats import percent
from experiments.decision.inputs import MetricPlan
from experiments.stats import effects
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

#: Below this share of responders, who answers says more than what they answer.
LOWEST_RATE = 0.10
#: A difference of response rates at this level makes the answers incomparable.
DIFFERENT = 0.01


def response_fault(plan: MetricPlan, groups: tuple[Moments, Moments]) -> str | None:
    """The sentence that says why the metric is not testable, or None where it is."""
    if plan.fault is not None:
        return plan.fault
    return None if plan.response is None else response_sentence(plan.response, groups, plan.response_per)


def response_sentence(column: str, groups: tuple[Moments, Moments], per: str | None = None) -> str | None:
    """Why answers cannot be compared, or None where they can.

    Args:
        column: 1 where the unit answered, or its number of answers.
        per: number of contacts after which the unit's answers could come; None where a unit answers or not.
    """
    measure = Measure("rate", column) if per is None else Measure("ratio", column, per, groups=True)
    effect = effects.absolute(measure, *groups)
    if effect.control is None or effect.variant is None:
        return "Nobody could have answered."
    seen = f"{percent(effect.control)} in control, {percent(effect.variant)} in the variant"
    if min(effect.control, effect.variant) < LOWEST_RATE:
        return f"Too few answer: {seen}; at least {percent(LOWEST_RATE, 0)} must."
    if effect.p is not None and effect.p < DIFFERENT:
        return f"Response rates differ ({seen}), so the answers come from different people."
    return None
