"""The shrunk effect of the variant to ship, in one line."""

from __future__ import annotations

from experiments.decision.decision import Decision
from experiments.decision.formats import planned_percent
from experiments.decision.phrases import Yardstick
from experiments.decision.shrunken import AssumedPrior, ShrunkEffect
from experiments.decision.words import Action
from experiments.stats.prior import MINIMUM_TESTS


def shrunken_line(decision: Decision) -> str | None:
    """A cautious expectation is +9.8% (5.1 to 14.5): the gain drawn towards …; None unless the action is to ship."""
    if decision.action is not Action.SHIP or decision.variant is None:
        return None
    effect = (decision.shrunken or {}).get(decision.variant)
    if effect is None:
        return None
    if not effect.fits:
        return (
            "No cautious expectation is given: so large a gain does not fit what tests usually find, "
            f"{_prior(effect.prior)}."
        )
    return (
        f"A cautious expectation is {_figures(effect)}: the gain drawn towards what tests usually find, "
        f"{_prior(effect.prior)}."
    )


def _figures(effect: ShrunkEffect) -> str:
    rule = Yardstick(100, "%")
    decimals = rule.decimals(effect.point, effect.lo, effect.hi)
    ends = f"{rule.bare(effect.lo, decimals)} to {rule.bare(effect.hi, decimals)}"
    return f"{rule.full(effect.point, decimals, sign=True)} ({ends})"


def _prior(prior: AssumedPrior) -> str:
    mean = planned_percent(prior.mean) if prior.mean else "0"
    spread = f"{mean} ± {planned_percent(prior.sd)}"
    if prior.source == "history":
        return f"{spread} in {prior.tests} past ones"
    return f"assumed to be {spread} until {MINIMUM_TESTS} are known ({prior.tests} so far)"
