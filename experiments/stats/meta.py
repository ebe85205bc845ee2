"""Several effects of one kind: do they differ, by how much, and what remains of each when noise is taken out.

tau² is the Paule-Mandel estimate (1982), DerSimonian-Laird (1986) stands beside it as a check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from experiments.stats.moments import Vector
from experiments.stats.result import Result


@dataclass(frozen=True)
class Heterogeneity(Result):
    """How far effects differ beyond their noise.

    Attributes:
        count: number of effects.
        q: Cochran's Q, Σ (e − mean)² / v with the fixed mean.
        df: count − 1.
        p: chance of so large a Q if all true effects are equal; None for a single effect.
        i2: share of the spread that is no noise, 0 to 1.
        tau2: Paule-Mandel variance of the true effects.
        tau2_dl: DerSimonian-Laird variance of the true effects.
        mean_fixed: precision-weighted mean, as if all true effects were equal.
        mean: mean with weights 1 / (tau² + v).
        sd_mean: standard error of `mean`.
    """

    count: int
    q: float
    df: int
    p: float | None
    i2: float
    tau2: float
    tau2_dl: float
    mean_fixed: float
    mean: float
    sd_mean: float


@dataclass(frozen=True)
class Shrunk(Result):
    """An effect pulled towards the mean by its share of noise.

    Attributes:
        raw: the effect as measured.
        mean: posterior mean.
        sd: posterior standard deviation with the mean taken as known, √(B v).
        sd_full: the same with the uncertainty of the mean.
        weight: B = tau² / (tau² + v), share of the measured deviation that is kept.
    """

    raw: float
    mean: float
    sd: float
    sd_full: float
    weight: float


def heterogeneity(effects: Sequence[float], variances: Sequence[float]) -> Heterogeneity:
    """Spread of effects beyond noise.

    Args:
        effects: one estimate per test or segment.
        variances: their sampling variances, above 0.
    """
    e, v = _checked(effects, variances)
    w = 1 / v
    mean_fixed = float(w @ e / w.sum())
    q, df = float(w @ (e - mean_fixed) ** 2), e.size - 1
    tau2 = paule_mandel(effects, variances)
    w_random = 1 / (v + tau2)
    return Heterogeneity(
        count=e.size,
        q=q,
        df=df,
        p=_chi2_sf(q, df) if df > 0 else None,
        i2=max(0.0, 1 - df / q) if q > 0 else 0.0,
        tau2=tau2,
        tau2_dl=dersimonian_laird(effects, variances),
        mean_fixed=mean_fixed,
        mean=float(w_random @ e / w_random.sum()),
        sd_mean=sqrt(1 / float(w_random.sum())),
    )


def paule_mandel(effects: Sequence[float], variances: Sequence[float]) -> float:
    """The tau² at which Q with weights 1 / (tau² + v) equals its degrees of freedom; 0 where Q is below them.

    Q falls and is convex in tau², so Newton's steps from 0 approach the root from one side.
    """
    e, v = _checked(effects, variances)
    tau2 = 0.0
    for _ in range(200):
        w = 1 / (v + tau2)
        deviation = e - w @ e / w.sum()
        excess = float(w @ deviation**2) - (e.size - 1)
        step = excess / float(w**2 @ deviation**2) if excess > 0 else 0.0
        tau2 += step
        if step <= 1e-14 * tau2:
            break
    return tau2


def dersimonian_laird(effects: Sequence[float], variances: Sequence[float]) -> float:
    """The moment estimate of tau² with fixed weights."""
    e, v = _checked(effects, variances)
    w = 1 / v
    spread = float(w.sum() - (w**2).sum() / w.sum())
    if spread <= 0:
        return 0.0
    q = float(w @ (e - w @ e / w.sum()) ** 2)
    return max(0.0, (q - (e.size - 1)) / spread)


def shrink(effects: Sequence[float], variances: Sequence[float], tau2: float | None = None) -> tuple[Shrunk, ...]:
    """Empirical-Bayes shrinkage of each effect towards the common mean.

    Args:
        effects: one estimate per test or segment.
        variances: their sampling variances, above 0.
        tau2: variance of the true effects; default Paule-Mandel.

    Raises:
        ValueError: where tau2 is below 0, or effects and variances do not fit each other.
    """
    e, v = _checked(effects, variances)
    spread = paule_mandel(effects, variances) if tau2 is None else tau2
    if spread < 0:
        raise ValueError(f"tau2 == {spread}, must be >= 0.")
    w = 1 / (v + spread)
    mean, variance_of_mean = float(w @ e / w.sum()), 1 / float(w.sum())
    kept = spread / (spread + v)
    return tuple(
        Shrunk(raw, mean + b * (raw - mean), sqrt(b * noise), sqrt(b * noise + (1 - b) ** 2 * variance_of_mean), b)
        for raw, noise, b in zip(e.tolist(), v.tolist(), kept.tolist(), strict=True)
    )


def _chi2_sf(q: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, q))


def _checked(effects: Sequence[float], variances: Sequence[float]) -> tuple[Vector, Vector]:
    e, v = np.asarray(effects, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if e.ndim != 1 or e.size == 0 or e.shape != v.shape:
        raise ValueError(f"effects and variances have shapes {e.shape} and {v.shape}, must be equal and not empty.")
    if not (np.isfinite(e).all() and np.isfinite(v).all() and (v > 0).all()):
        raise ValueError("effects must be finite and variances > 0.")
    return e, v
