"""Values of several measures in two groups, with every sampling covariance between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Matrix, Moments, Vector
from experiments.stats.ratio import unit_weights


@dataclass(frozen=True, eq=False)
class Pair:
    """k values in control and variant.

    Attributes:
        control: shape (k,), values of the control.
        variant: shape (k,), values of the variant.
        v_control: shape (k, k), sampling covariance of the control's values.
        v_variant: shape (k, k), the same of the variant.
        cross: shape (k, k), covariance of control value a (row) with variant value b (column); not zero where both
            groups are adjusted to one covariate mean.
        reduction: shape (k,), share of each effect's variance that covariates removed; 0 without.
        fitted: shape (k,), number of covariates fitted per group for each value.
    """

    control: Vector
    variant: Vector
    v_control: Matrix
    v_variant: Matrix
    cross: Matrix
    reduction: Vector
    fitted: Vector

    @property
    def delta(self) -> Vector:
        """Absolute effects, variant − control, shape (k,)."""
        return np.asarray(self.variant - self.control, dtype=np.float64)

    @property
    def sigma(self) -> Matrix:
        """Covariance matrix of the absolute effects, shape (k, k)."""
        return np.asarray(self.v_control + self.v_variant - self.cross - self.cross.T, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Group:
    """One group, ready for estimation: unit values whose means are the measures' values.

    Attributes:
        n: number of units.
        values: shape (k,), values of the measures.
        s_yy: shape (k, k), covariance per unit of the linearised values.
        x_mean: shape (p,), means of the covariates.
        s_xx: shape (p, p), their covariance per unit.
        s_xy: shape (p, k), covariance per unit of covariates with values.
        scale: shape (k, k), factors on the sampling covariance; (n − 1)/n for a rate, whose variance is p(1 − p)/n.
    """

    n: int
    values: Vector
    s_yy: Matrix
    x_mean: Vector
    s_xx: Matrix
    s_xy: Matrix
    scale: Matrix


def group(measures: Sequence[Measure], covariates: Sequence[str], moments: Moments) -> Group:
    """Linearise measures of one group beside its covariates.

    Raises:
        ValueError: where n < 2 or a measure has no value.
    """
    if moments.n < 2:
        raise ValueError(f"n == {moments.n}, must be >= 2.")
    k = len(measures)
    weights = {f"value {i}": _weights(measure, moments) for i, measure in enumerate(measures)}
    weights |= {f"covariate {i}": {name: 1.0} for i, name in enumerate(covariates)}
    linear = moments.combine(weights)
    roots = np.sqrt([(moments.n - 1) / moments.n if m.kind == "rate" else 1.0 for m in measures])
    values = np.array([estimate(measure, moments).value for measure in measures], dtype=np.float64)
    return Group(
        moments.n,
        values,
        linear.cov[:k, :k],
        linear.mean[k:],
        linear.cov[k:, k:],
        linear.cov[k:, :k],
        np.outer(roots, roots),
    )


def unadjusted(control: Group, variant: Group) -> Pair:
    """Pair of two independent groups without covariates."""
    k = len(control.values)
    return Pair(
        control.values,
        variant.values,
        control.s_yy * control.scale / control.n,
        variant.s_yy * variant.scale / variant.n,
        np.zeros((k, k)),
        np.zeros(k),
        np.zeros(k),
    )


def _weights(measure: Measure, moments: Moments) -> dict[str, float]:
    if measure.denominator is None:
        return {measure.column: 1.0}
    return unit_weights(measure.column, measure.denominator, moments)
