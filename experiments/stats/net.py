"""Effects of several columns together: their vector, fixed linear combinations of them, and quotients of two.

A net effect is a combination with weights fixed beforehand; because it is linear, it equals the sum of its weighted
parts in any order. A rate such as "lost per gained" is a quotient of two effects and has Fieller's confidence set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from experiments.stats.cuped import pair_of
from experiments.stats.effect import Effect, Status
from experiments.stats.fieller import Quotient, quotient
from experiments.stats.measure import Measure
from experiments.stats.moments import Matrix, Moments, Vector
from experiments.stats.tails import critical_value, tail_of, two_sided_p


def effect_vector(
    columns: Sequence[str], control: Moments, variant: Moments, covariates: Sequence[str] = ()
) -> tuple[Vector, Matrix]:
    """Absolute effects of k columns and their covariance matrix, Σ_v S_ab,v / n_v without covariates.

    One covariate vector serves all columns or none of them, so that adjusted parts add up to the adjusted whole.

    Returns:
        delta, shape (k,), and sigma, shape (k, k).

    Raises:
        KeyError: where the moments lack a column.
        ValueError: where a group has n < 2.
    """
    measures = [Measure("mean", column, covariates=tuple(covariates)) for column in columns]
    pair = pair_of(measures, control, variant, weakest=0.0)
    return pair.delta, pair.sigma


def combined(
    weights: npt.ArrayLike,
    delta: npt.ArrayLike,
    sigma: npt.ArrayLike,
    critical: float | None = None,
    level: float = 0.95,
) -> Effect:
    """Weighted sum of effects, w'δ with variance w'Σw.

    Args:
        weights: shape (k,), fixed before launch.
        delta: shape (k,), effects.
        sigma: shape (k, k), their covariance.
        critical: boundary z of a planned look; None for the quantile of `level`.
        level: two-sided confidence level.

    Raises:
        ValueError: where shapes differ, or level or critical is out of range.
    """
    w, d, s = (np.asarray(part, dtype=np.float64) for part in (weights, delta, sigma))
    if w.ndim != 1 or d.shape != w.shape or s.shape != (len(w), len(w)):
        raise ValueError(f"shapes == {w.shape}, {d.shape}, {s.shape}, must be (k,), (k,), (k, k).")
    q = critical_value(tail_of(level), critical=critical)
    point, se = float(w @ d), math.sqrt(max(float(w @ s @ w), 0.0))
    if se == 0:
        return _uncomputed(Status.NOT_TESTABLE, point, level)
    z = point / se
    return Effect(
        "absolute", Status.OK, point, point - q * se, point + q * se, level, "z", se, z, two_sided_p(z), None, None
    )  # fmt: skip


def net_effect(
    weights: Mapping[str, float],
    control: Moments,
    variant: Moments,
    covariates: Sequence[str] = (),
    critical: float | None = None,
    level: float = 0.95,
) -> Effect:
    """Weighted sum of the effects of named columns, per unit; too_few where a group has n < 2."""
    if min(control.n, variant.n) < 2:
        return _uncomputed(Status.TOO_FEW, None, level)
    delta, sigma = effect_vector(tuple(weights), control, variant, covariates)
    return combined(list(weights.values()), delta, sigma, critical, level)


def displacement_rate(
    delta: npt.ArrayLike, sigma: npt.ArrayLike, critical: float | None = None, level: float = 0.95
) -> Quotient:
    """How much of one column is lost per unit gained in another: r = −δ_lost / δ_gained.

    Show the number only where the set is `estimable`, which is where the gain is clearly not zero; otherwise the
    quotient has no meaning and the net effect stands in its place.

    Args:
        delta: shape (2,), effects (gained, lost).
        sigma: shape (2, 2), their covariance.
        critical: boundary z of a planned look; None for the quantile of `level`.
        level: two-sided confidence level.

    Raises:
        ValueError: where shapes differ, or level or critical is out of range.
    """
    d, s = np.asarray(delta, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    if d.shape != (2,) or s.shape != (2, 2):
        raise ValueError(f"shapes == {d.shape}, {s.shape}, must be (2,), (2, 2).")
    q = critical_value(tail_of(level), critical=critical)
    return quotient(-float(d[1]), float(d[0]), float(s[1, 1]), float(s[0, 0]), -float(s[0, 1]), q)


def _uncomputed(status: Status, point: float | None, level: float) -> Effect:
    return Effect("absolute", status, point, None, None, level, "z", None, None, None, None, None)
