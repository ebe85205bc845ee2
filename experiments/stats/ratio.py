"""Ratio of two sums per unit, linearised so that it can be treated like a mean.

With r = sum(num) / sum(den), the unit value (num − r den) / dbar has mean zero and the variance of r times n. Source:
Deng, Knoblich and Lu (2018), "Applying the delta method in metric analytics".
"""

from __future__ import annotations

from experiments.stats.moments import Moments


def ratio_of(numerator: str, denominator: str, moments: Moments) -> float | None:
    """The ratio of sums; None where the denominator sums to zero or nobody is there."""
    if moments.n == 0:
        return None
    dbar = moments.mean_of(denominator)
    return moments.mean_of(numerator) / dbar if dbar != 0 else None


def unit_weights(numerator: str, denominator: str, moments: Moments) -> dict[str, float]:
    """Weights that turn (numerator, denominator) of a unit into its linearised value.

    Each group uses its own r: the linearised value is then the influence function of the group's ratio, and without
    covariates its variance is the delta method's. An r pooled over the groups gives the same when there is no effect,
    and a biased variance per group when there is one.

    Raises:
        ValueError: where the ratio has no value.
    """
    r = ratio_of(numerator, denominator, moments)
    if r is None:
        raise ValueError(f"denominator == {denominator!r}, must not sum to zero.")
    dbar = moments.mean_of(denominator)
    if numerator == denominator:
        return {numerator: 0.0}
    return {numerator: 1 / dbar, denominator: -r / dbar}
