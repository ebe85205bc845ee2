"""Chance that several correlated normal variables all stay below their limits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod

import numpy as np
import numpy.typing as npt

from experiments.stats import normal
from experiments.stats.moments import Matrix

Correlation = float | Sequence[Sequence[float]] | npt.NDArray[np.float64]


def orthant(limits: Sequence[float], correlation: Correlation | None = None) -> tuple[float, str]:
    """P(Z_i <= limit_i for all i), and the method used.

    Up to three variables are exact by quadrature. With more, where no correlation is negative the product is a lower
    bound (Slepian) and is used; else quasi Monte Carlo with a fixed seed.
    """
    margins = tuple(float(limit) for limit in limits)
    matrix = as_correlation(correlation, len(margins))
    marginal = [normal.cdf(m) for m in margins]
    off_diagonal = matrix[~np.eye(len(margins), dtype=bool)]
    if len(margins) == 1:
        return marginal[0], "single"
    if not off_diagonal.any():
        return prod(marginal), "product"
    if len(margins) == 2:
        return normal.bivariate_cdf(*margins, min(1.0, max(-1.0, float(matrix[0, 1])))), "bivariate normal"
    if len(margins) == 3 and np.abs(off_diagonal).max() <= 0.99:
        rho = (float(matrix[0, 1]), float(matrix[0, 2]), float(matrix[1, 2]))
        return normal.trivariate_cdf((margins[0], margins[1], margins[2]), rho), "trivariate normal"
    if len(margins) > 3 and (off_diagonal >= 0).all():
        return prod(marginal), "product bound"
    rows = tuple(tuple(row) for row in matrix.tolist())
    return _multivariate_cdf(margins, rows), "multivariate normal"


@lru_cache(maxsize=512)
def _multivariate_cdf(margins: tuple[float, ...], rows: tuple[tuple[float, ...], ...]) -> float:
    from scipy.stats import multivariate_normal

    # The seed is fixed so that the same plan always has the same n.
    frozen = multivariate_normal(cov=np.array(rows), allow_singular=True, seed=20_231)
    return float(frozen.cdf(np.array(margins)))


def as_correlation(correlation: Correlation | None, size: int) -> Matrix:
    """A correlation matrix from a matrix, one number for all pairs, or None for independence.

    Raises:
        ValueError: where the shape, the diagonal, symmetry or definiteness does not fit.
    """
    if correlation is None:
        return np.eye(size)
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.ndim == 0:
        matrix = np.where(np.eye(size, dtype=bool), 1.0, float(matrix))
    if matrix.shape != (size, size):
        raise ValueError(f"correlation has shape {matrix.shape}, must be ({size}, {size}).")
    if not np.allclose(np.diag(matrix), 1.0) or not np.allclose(matrix, matrix.T):
        raise ValueError(f"correlation == {matrix.tolist()}, must be symmetric with ones on the diagonal.")
    if not (np.abs(matrix) <= 1.0 + 1e-9).all() or np.linalg.eigvalsh(matrix).min() < -1e-9:
        raise ValueError(f"correlation == {matrix.tolist()}, must be positive semidefinite.")
    return matrix
