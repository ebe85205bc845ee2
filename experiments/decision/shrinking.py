"""The goal of a variant to ship, shrunk towards what tests normally find: winners are picked for being high."""

from __future__ import annotations

from collections.abc import Iterable

from experiments.decision.evidence import Arm
from experiments.decision.metric_result import MetricResult
from experiments.decision.shrunken import AssumedPrior, ShrunkEffect
from experiments.stats.bayes import Posterior, posterior
from experiments.stats.effect import Status
from experiments.stats.prior import Prior


def shrunken_effects(arms: Iterable[Arm], prior: Prior | None = None) -> dict[str, ShrunkEffect] | None:
    """Shrunk effects by variant key of variants to ship.

    Args:
        arms: the variants to ship.
        prior: None for the default N(0, 0.05²).

    A variant whose goal has no relative effect is left out; None where nothing is left.
    """
    known = prior or Prior()
    found = {arm.variant.key: _shrunk(arm.better_goals[0], known) for arm in arms if arm.better_goals}
    return {variant: effect for variant, effect in found.items() if effect is not None} or None


def _shrunk(row: MetricResult, prior: Prior) -> ShrunkEffect | None:
    effect = row.relative
    if effect.status is not Status.OK or effect.point is None or not effect.se:
        return None
    # The prior speaks of gains, whichever way the metric is counted.
    gain = posterior(row.direction * effect.point, effect.se**2, prior, level=effect.level)
    lo, hi = sorted((row.direction * gain.lo, row.direction * gain.hi))
    told = AssumedPrior(prior.mean, prior.sd, prior.source, prior.tests)
    return ShrunkEffect(row.metric, row.direction * gain.mean, lo, hi, effect.level, told, _fits(row, gain))


def _fits(row: MetricResult, gain: Posterior) -> bool:
    effect = row.relative
    if effect.lo is None or effect.hi is None:
        return True
    return not gain.contradicts(*sorted((row.direction * effect.lo, row.direction * effect.hi)))
