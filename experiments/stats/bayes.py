"""The Bayesian view of a result, for display. It is never a second decision rule: looks change its error rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from experiments.stats import normal
from experiments.stats.orthant import Correlation, orthant
from experiments.stats.prior import Prior
from experiments.stats.result import Result
from experiments.stats.studentgrid import StudentGrid


@dataclass(frozen=True)
class Posterior(Result):
    """What is believed of one effect after the test; higher is better.

    Attributes:
        mean: posterior mean, the shrunk effect.
        sd: posterior standard deviation.
        lo: lower end of the central credible interval.
        hi: upper end.
        level: probability of lo..hi.
        chance: P(effect > threshold).
        threshold: 0 to win, minus the margin for a guardrail.
        loss_variant: expected loss of taking the variant, E[(−effect)+].
        loss_control: expected loss of keeping the control, E[effect+].
    """

    mean: float
    sd: float
    lo: float
    hi: float
    level: float
    chance: float
    threshold: float
    loss_variant: float
    loss_control: float

    def contradicts(self, lo: float, hi: float) -> bool:
        """Whether it shares nothing with the estimate's own interval, so that prior and data tell of different things.

        A normal prior and a normal estimate then meet where neither of them is: a result seven standard errors from
        nothing becomes one that may well be nothing.
        """
        return self.lo > hi or self.hi < lo


def posterior(
    estimate: float, variance: float, prior: Prior | None = None, threshold: float = 0.0, level: float = 0.95
) -> Posterior:
    """Posterior of an effect from its estimate and a prior.

    Args:
        estimate: effect on the prior's scale, oriented so that higher is better.
        variance: its sampling variance, above 0.
        prior: None for a flat one.
        threshold: `chance` is the probability to lie above it.
        level: probability of the credible interval.

    Raises:
        ValueError: where the variance is not above 0, or the level not between 0 and 1.
    """
    if not variance > 0:
        raise ValueError(f"variance == {variance}, must be > 0.")
    if not 0 < level < 1:
        raise ValueError(f"level == {level}, must be between 0 and 1.")
    if prior is not None and prior.df is not None:
        return _student_posterior(estimate, variance, prior, prior.df, threshold, level)
    mean, sd = _combine(estimate, variance, prior)
    half = normal.upper_quantile((1 - level) / 2) * sd
    loss_variant, loss_control = normal_losses(mean, sd)
    chance = normal.cdf((mean - threshold) / sd)
    return Posterior(mean, sd, mean - half, mean + half, level, chance, threshold, loss_variant, loss_control)


def normal_losses(mean: float, sd: float) -> tuple[float, float]:
    """E[(−X)+] and E[X+] of a normal X."""
    z = mean / sd
    return sd * normal.pdf(z) - mean * normal.sf(z), sd * normal.pdf(z) + mean * normal.cdf(z)


def joint_chance(
    means: Sequence[float],
    sds: Sequence[float],
    thresholds: Sequence[float],
    correlation: Correlation | None = None,
) -> float:
    """P(every effect lies above its threshold), for instance goal > 0 and guardrail > −margin.

    Args:
        means: posterior means, oriented so that higher is better.
        sds: posterior standard deviations.
        thresholds: one per effect.
        correlation: of the effects' errors; None = independent.

    Raises:
        ValueError: where lengths differ, or a standard deviation is not above 0.
    """
    if not len(means) == len(sds) == len(thresholds):
        raise ValueError(f"lengths == {len(means)}, {len(sds)}, {len(thresholds)}, must be equal.")
    if min(sds) <= 0:
        raise ValueError(f"sds == {list(sds)}, must be > 0.")
    limits = [(m - t) / s for m, s, t in zip(means, sds, thresholds, strict=True)]
    return orthant(limits, correlation)[0]


def _combine(estimate: float, variance: float, prior: Prior | None) -> tuple[float, float]:
    if prior is None:
        return estimate, sqrt(variance)
    precision = 1 / variance + 1 / prior.sd**2
    return (estimate / variance + prior.mean / prior.sd**2) / precision, sqrt(1 / precision)


def _student_posterior(
    estimate: float, variance: float, prior: Prior, df: float, threshold: float, level: float
) -> Posterior:
    grid = StudentGrid(estimate, sqrt(variance), prior, df, breaks=(0.0, threshold))
    mean = grid.expect(lambda x: x)
    sd = sqrt(grid.expect(lambda x: (x - mean) ** 2))
    lo, hi = grid.quantile((1 - level) / 2), grid.quantile((1 + level) / 2)
    losses = grid.expect(lambda x: np.maximum(-x, 0)), grid.expect(lambda x: np.maximum(x, 0))
    return Posterior(mean, sd, lo, hi, level, 1.0 - grid.below(threshold), threshold, *losses)
