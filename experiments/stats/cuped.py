"""Variance reduction with covariates known before exposure, from Moments alone.

The estimator of Lin (2013): one slope vector per group, values taken at the covariate mean pooled over both groups.
It equals least squares with centred covariates fully interacted with the group, and is never worse than no adjustment
in large samples. The pooled mean is itself estimated; that term enters the variances of both groups and their
covariance, so that tests and Fieller intervals built from the pair agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from experiments.stats.measure import Measure
from experiments.stats.moments import Matrix, Moments, Vector, without_noise
from experiments.stats.pair import Group, Pair, group, unadjusted

# Below this correlation an adjustment removes less than 0.25 % of the variance and is not worth its sentence.
WEAK = 0.05
# Below this group size the residual variance is corrected for the fitted slopes.
SMALL = 1000
# A covariance matrix of standardised covariates with a larger condition number counts as singular.
SINGULAR = 1e10


def pair_of(
    measures: Sequence[Measure],
    control: Moments,
    variant: Moments,
    *,
    weakest: float = WEAK,
    small_sample: bool = True,
) -> Pair:
    """Values of several measures in two groups, adjusted by the covariates that the measures share.

    Covariates that are constant in a group (an indicator "no history" where everybody has one) are left out. Nothing
    is adjusted where the covariates are singular or a group is too small for them; a measure whose correlation with
    them is below `weakest` stays unadjusted by itself. `weakest=0` adjusts all or none, which keeps linear
    combinations exact: adjusted parts then add up to the adjusted whole.

    Args:
        measures: k measures with one and the same tuple of covariates.
        control: moments of the control with all columns of the measures.
        variant: the same of the variant.
        weakest: smallest correlation with the covariates for which a measure is adjusted.
        small_sample: correct the residual variance by (n − 1)/(n − 1 − p) in groups under 1000 units.

    Raises:
        ValueError: where covariates differ, a group has n < 2 or a measure has no value in a group.
    """
    if len({measure.covariates for measure in measures}) > 1:
        raise ValueError("covariates differ between the measures; one vector must serve all of them.")
    wanted = measures[0].covariates if measures else ()
    covariates = _usable(wanted, control, variant)
    groups = group(measures, covariates, control), group(measures, covariates, variant)
    if not covariates:
        return unadjusted(*groups)
    return _adjusted(*groups, _pooled_cov(covariates, control, variant), weakest, small_sample)


def _usable(covariates: Sequence[str], control: Moments, variant: Moments) -> tuple[str, ...]:
    """Covariates that vary in both groups, or none where they are collinear or too many."""
    varying = tuple(c for c in covariates if min(control.var_of(c), variant.var_of(c)) > 0)
    if not varying or min(control.n, variant.n) - 2 < len(varying):
        return ()
    worst = max(_condition(moments.select(varying).cov) for moments in (control, variant))
    return varying if worst < SINGULAR else ()


def _condition(cov: Matrix) -> float:
    scale = np.sqrt(np.diag(cov))
    return float(np.linalg.cond(cov / np.outer(scale, scale)))


def _pooled_cov(covariates: Sequence[str], control: Moments, variant: Moments) -> Matrix:
    """Covariance of the covariates over the units of both groups, differences between the groups included."""
    return (control.select(covariates) + variant.select(covariates)).cov


def _adjusted(control: Group, variant: Group, s_xx_pooled: Matrix, weakest: float, small_sample: bool) -> Pair:
    plain = unadjusted(control, variant)
    theta_c, theta_v, kept = _slopes(control, variant, plain, weakest)
    n = control.n + variant.n
    x_mean: Vector = (control.n * control.x_mean + variant.n * variant.x_mean) * (1 / n)
    value_c, residual_c = _arm(control, theta_c, x_mean, kept, small_sample)
    value_v, residual_v = _arm(variant, theta_v, x_mean, kept, small_sample)
    pair = Pair(
        value_c,
        value_v,
        residual_c + theta_c.T @ s_xx_pooled @ theta_c / n,
        residual_v + theta_v.T @ s_xx_pooled @ theta_v / n,
        theta_c.T @ s_xx_pooled @ theta_v / n,
        plain.reduction,
        kept * len(x_mean),
    )
    return replace(pair, reduction=_reduction(pair, np.diag(plain.sigma)))


def _slopes(control: Group, variant: Group, plain: Pair, weakest: float) -> tuple[Matrix, Matrix, Vector]:
    """Slopes per group, shape (p, k), zero for the measures that stay unadjusted; and 1 or 0 per measure."""
    slopes: list[Matrix] = [np.linalg.solve(g.s_xx, g.s_xy).astype(np.float64) for g in (control, variant)]
    explained = np.zeros(len(plain.control))
    for theta, g in zip(slopes, (control, variant), strict=True):
        explained += np.diag(theta.T @ g.s_xx @ theta * g.scale) / g.n
    total = np.diag(plain.sigma)
    # Compared without a division, since a measure without variance has nothing to explain.
    kept = np.where((explained >= weakest**2 * total) & (total > 0), 1.0, 0.0)
    return np.multiply(slopes[0], kept), np.multiply(slopes[1], kept), kept


def _arm(g: Group, theta: Matrix, x_mean: Vector, kept: Vector, small_sample: bool) -> tuple[Vector, Matrix]:
    """Adjusted values of one group and the covariance of their residual part."""
    values = g.values - theta.T @ (g.x_mean - x_mean)
    shared = theta.T @ g.s_xy
    residual = without_noise(g.s_yy - shared - shared.T + theta.T @ g.s_xx @ theta, np.diag(g.s_yy))
    p = len(x_mean)
    lost = (g.n - 1) / (g.n - 1 - p) if small_sample and g.n < SMALL else 1.0
    roots = np.sqrt(np.where(kept > 0, lost, 1.0))
    return values, residual * g.scale * np.outer(roots, roots) / g.n


def _reduction(pair: Pair, total: Vector) -> Vector:
    left = np.divide(np.diag(pair.sigma), total, out=np.ones_like(total), where=total > 0)
    return np.where(pair.fitted > 0, 1 - left, 0.0)
