"""Critical values for many contrasts at once: Dunnett against one control, max-|t| for any correlation.

Dunnett's correlation is a product of two numbers per arm, so a one-dimensional integral is exact. For an arbitrary
correlation the distribution of the largest |z| is read from quasi-random draws with a fixed seed: the same input gives
the same answer, with an error near 0.001 in the critical value.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import inf, lgamma, log, sqrt

import numpy as np
import numpy.typing as npt

from experiments.stats import normal
from experiments.stats.moments import Matrix, Vector
from experiments.stats.normal import gauss_legendre
from experiments.stats.orthant import as_correlation

_DRAWS_LOG2 = 17
_SEED = 20_231
_NODES = 128


def dunnett_p(
    statistics: Sequence[float], n_control: float, n_variants: Sequence[float], df: float = inf
) -> tuple[float, ...]:
    """Two-sided p-values of several variants against one control, adjusted for the largest of them (Dunnett 1955).

    Args:
        statistics: t or z of each variant against the control.
        n_control: units in the control.
        n_variants: units in each variant.
        df: degrees of freedom of the pooled variance; infinite for z.

    Raises:
        ValueError: where there is not one statistic per variant, or a group has no units.
    """
    if len(statistics) != len(n_variants):
        raise ValueError(f"statistics has {len(statistics)} entries, must have {len(n_variants)}.")
    loadings = _loadings(n_control, n_variants)
    return tuple(1.0 - _dunnett_cdf(abs(t), loadings, df) for t in statistics)


@lru_cache(maxsize=512)
def dunnett_critical(n_control: float, n_variants: tuple[float, ...], alpha: float = 0.05, df: float = inf) -> float:
    """Two-sided critical value for simultaneous intervals of several variants against one control.

    Args:
        n_control: units in the control.
        n_variants: units in each variant.
        alpha: two-sided family-wise level.
        df: degrees of freedom of the pooled variance; infinite for z.
    """
    from scipy.optimize import brentq

    _check_alpha(alpha)
    loadings = _loadings(n_control, n_variants)
    return float(brentq(lambda c: _dunnett_cdf(c, loadings, df) - (1 - alpha), 1e-6, 60.0, xtol=1e-12))


def max_t_critical(correlation: npt.ArrayLike, alpha: float = 0.05) -> float:
    """Two-sided critical value for simultaneous intervals of contrasts with this correlation matrix."""
    from scipy.optimize import brentq

    _check_alpha(alpha)
    matrix = _as_correlation(correlation)
    single = normal.upper_quantile(alpha / 2)
    if matrix.shape[0] == 1:
        return single
    draws = _draws(matrix)
    upper = normal.upper_quantile(alpha / (2 * matrix.shape[0])) + 1e-9
    tail = _Tail(draws, single)
    if tail.exceedance(single) <= alpha:
        return single
    return float(brentq(lambda c: tail.exceedance(c) - alpha, single, upper, xtol=1e-9))


def max_t_p(statistics: Sequence[float], correlation: npt.ArrayLike) -> tuple[float, ...]:
    """Single-step adjusted p-values: the chance that the largest |z| of all reaches each statistic."""
    matrix = _as_correlation(correlation)
    _check_count(statistics, matrix)
    draws = _draws(matrix)
    return tuple(_exceedance(draws, abs(float(z))) for z in statistics)


def max_t_step_down(statistics: Sequence[float], correlation: npt.ArrayLike) -> tuple[float, ...]:
    """Step-down adjusted p-values (Westfall and Young 1993): the next one only competes with those below it."""
    matrix = _as_correlation(correlation)
    _check_count(statistics, matrix)
    z = np.abs(np.asarray(statistics, dtype=np.float64))
    order = np.argsort(-z, kind="stable")
    draws = _draws(matrix)
    adjusted, previous = np.empty(z.size), 0.0
    for step, index in enumerate(order):
        previous = max(previous, _exceedance(draws[:, order[step:]], float(z[index])))
        adjusted[index] = previous
    return tuple(adjusted.tolist())


def correlation_of(covariance: npt.ArrayLike) -> Matrix:
    """Correlation matrix of a covariance matrix; every variance must be above 0.

    Raises:
        ValueError: where a variance is not above 0.
    """
    sigma = np.asarray(covariance, dtype=np.float64)
    sd = np.sqrt(np.diag(sigma))
    if not (sd > 0).all():
        raise ValueError(f"variances == {np.diag(sigma).tolist()}, must be > 0.")
    matrix = sigma / np.outer(sd, sd)
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(np.clip((matrix + matrix.T) / 2, -1.0, 1.0))


def _loadings(n_control: float, n_variants: Sequence[float]) -> tuple[float, ...]:
    if n_control <= 0 or not n_variants or min(n_variants) <= 0:
        raise ValueError(f"units == {n_control} and {list(n_variants)}, must be > 0 with at least one variant.")
    return tuple(sqrt(n / (n + n_control)) for n in n_variants)


def _dunnett_cdf(critical: float, loadings: tuple[float, ...], df: float) -> float:
    """P(max |T| <= critical): given the control's deviation the arms are independent."""
    from scipy.special import ndtr

    nodes, weights = gauss_legendre(_NODES)
    u, u_weights = 8.5 * nodes, 8.5 * weights * np.exp(-0.5 * (8.5 * nodes) ** 2) / sqrt(2 * np.pi)
    scale, scale_weights = _scale_nodes(df)
    inside = np.ones((scale.size, u.size))
    for loading in loadings:
        rest = sqrt(1 - loading**2)
        centre, edge = loading * u[None, :], critical * scale[:, None]
        inside *= ndtr((edge - centre) / rest) - ndtr((-edge - centre) / rest)
    return float(scale_weights @ inside @ u_weights)


def _scale_nodes(df: float) -> tuple[Vector, Vector]:
    """Nodes and weights of s = √(χ²_df / df), the estimated over the true standard deviation."""
    if df == inf:
        return np.ones(1), np.ones(1)
    if df <= 0:
        raise ValueError(f"df == {df}, must be > 0.")
    nodes, weights = gauss_legendre(_NODES)
    spread = 9.0 / sqrt(2 * df)
    low, high = max(1e-12, 1 - spread), 1 + spread
    s = 0.5 * (high - low) * nodes + 0.5 * (high + low)
    log_density = log(2) + 0.5 * df * log(df / 2) - lgamma(df / 2) + (df - 1) * np.log(s) - 0.5 * df * s**2
    mass = 0.5 * (high - low) * weights * np.exp(log_density)
    return s, mass / mass.sum()


def _draws(matrix: Matrix) -> npt.NDArray[np.float64]:
    """|z| of shape (draws, k) with the given correlation."""
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    return np.asarray(np.abs(_normals(matrix.shape[0]) @ root.T))


# A matrix of 70 cells needs 70 MB; a report asks for two or three sizes, each once per variant.
@lru_cache(maxsize=3)
def _normals(count: int) -> npt.NDArray[np.float64]:
    from scipy.special import ndtri
    from scipy.stats import qmc

    uniform = qmc.Sobol(count, scramble=True, rng=_SEED).random_base2(_DRAWS_LOG2)
    draws: npt.NDArray[np.float64] = ndtri(np.clip(uniform, 1e-16, 1 - 1e-16))
    draws.setflags(write=False)
    return draws


def _exceedance(draws: npt.NDArray[np.float64], value: float) -> float:
    """P(max |z| >= value) from draws of shape (count, k).

    The number N of |z| beyond the value has the known mean 2k·sf(value) and serves as control variate. Far in the tail
    N is nearly always 0 or 1, the two agree, and small probabilities keep their digits.
    """
    numbers = (draws >= value).sum(axis=1)
    share, mean = float((numbers > 0).mean()), float(numbers.mean())
    return _controlled(share, mean, _slope(numbers), draws.shape[1], value)


def _slope(numbers: npt.NDArray[np.int_]) -> float:
    """Covariance of "any beyond" with N over the variance of N."""
    share, mean, variance = float((numbers > 0).mean()), float(numbers.mean()), float(numbers.var())
    return mean * (1 - share) / variance if variance > 0 else 1.0


def _controlled(share: float, mean: float, slope: float, k: int, value: float) -> float:
    known = 2 * k * normal.sf(value)
    return min(1.0, known, max(share + slope * (known - mean), known / k))


class _Tail:
    """`_exceedance` at many values from one limit on: sorted once, with the slope of the limit."""

    def __init__(self, draws: npt.NDArray[np.float64], limit: float) -> None:
        reached = draws >= limit
        self._count, self._k = draws.shape
        self._slope = _slope(reached.sum(axis=1))
        self._largest = np.sort(draws[reached.any(axis=1)].max(axis=1))
        self._every = np.sort(draws[reached])

    def exceedance(self, value: float) -> float:
        share, mean = (
            (part.size - int(np.searchsorted(part, value))) / self._count for part in (self._largest, self._every)
        )
        return _controlled(share, mean, self._slope, self._k, value)


def _as_correlation(correlation: npt.ArrayLike) -> Matrix:
    matrix = np.atleast_2d(np.asarray(correlation, dtype=np.float64))
    return as_correlation(matrix, matrix.shape[0])


def _check_count(statistics: Sequence[float], matrix: Matrix) -> None:
    if len(statistics) != matrix.shape[0]:
        raise ValueError(f"statistics has {len(statistics)} entries, must have {matrix.shape[0]}.")


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha == {alpha}, must be between 0 and 1.")
