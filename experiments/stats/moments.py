"""Sufficient statistics of one group: all that the statistics ever see.

Moments of disjoint groups add up by Chan's formula, so an overall result is the sum of its segments and any engine
that can group and sum can feed the same code. Source: Chan, Golub and LeVeque (1979), "Updating formulae and a
pairwise algorithm for computing sample variances".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

# A variance below this share of the terms that it is summed from is rounding noise.
ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class Moments:
    """Number of units, mean vector and covariance matrix of per-unit columns of one group.

    Args:
        n: number of units, at least 0.
        columns: names of the k columns, each once.
        mean: shape (k,), the mean per unit in the column's own unit (orders, minor units of money, seconds).
        cov: shape (k, k), sample covariance with ddof 1; zeros when n < 2.

    Raises:
        ValueError: where shapes, names or signs do not fit.
    """

    n: int
    columns: tuple[str, ...]
    mean: Vector
    cov: Matrix
    _places: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be moments, and freeze the arrays."""
        columns = tuple(self.columns)
        k = len(columns)
        mean = np.array(self.mean, dtype=np.float64).reshape(-1)
        cov = np.array(self.cov, dtype=np.float64).reshape(k, k) if k else np.zeros((0, 0))
        if self.n < 0:
            raise ValueError(f"n == {self.n}, must be >= 0.")
        if len(set(columns)) != k:
            raise ValueError(f"columns == {columns}, must be distinct.")
        if mean.shape != (k,):
            raise ValueError(f"mean has {mean.shape[0]} entries, must have {k}.")
        if not (np.isfinite(mean).all() and np.isfinite(cov).all()):
            raise ValueError("mean and cov must be finite.")
        if k and (cov.diagonal() < 0).any():
            raise ValueError(f"variances == {np.diag(cov)}, must be >= 0.")
        mean.setflags(write=False)
        cov.setflags(write=False)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "cov", cov)
        object.__setattr__(self, "_places", dict(zip(columns, range(k), strict=True)))

    @classmethod
    def from_rows(cls, rows: npt.ArrayLike, columns: Sequence[str]) -> Moments:
        """Moments of an (n, k) array with one row per unit."""
        x = np.asarray(rows, dtype=np.float64).reshape(-1, len(columns))
        n = x.shape[0]
        mean = x.mean(axis=0) if n else np.zeros(len(columns))
        centred = x - mean
        cov = centred.T @ centred / (n - 1) if n > 1 else np.zeros((len(columns), len(columns)))
        return cls(n, tuple(columns), mean, cov)

    @classmethod
    def from_sums(
        cls,
        n: int,
        columns: Sequence[str],
        sums: npt.ArrayLike,
        products: npt.ArrayLike,
        shift: npt.ArrayLike | None = None,
    ) -> Moments:
        """Moments from sums of (c - shift) and of their cross-products over all n units.

        Raw sums of squares cancel when the mean is large against the spread, so an engine sums values shifted by a
        constant per column; the shift returns to the mean here and leaves the covariance alone.
        """
        s = np.asarray(sums, dtype=np.float64)
        p = np.asarray(products, dtype=np.float64)
        k0 = np.zeros_like(s) if shift is None else np.asarray(shift, dtype=np.float64)
        if n == 0:
            return cls(0, tuple(columns), np.zeros_like(s), np.zeros_like(p))
        cov = (p - np.outer(s, s) / n) / (n - 1) if n > 1 else np.zeros_like(p)
        cov = (cov + cov.T) / 2
        # Cancellation can leave a variance of -1e-20 where the column is constant.
        np.fill_diagonal(cov, np.maximum(cov.diagonal(), 0.0))
        return cls(n, tuple(columns), s / n + k0, cov)

    @classmethod
    def from_counts(cls, n: int, successes: float, column: str = "y") -> Moments:
        """Moments of one 0/1 column with the given number of successes.

        Args:
            n: units.
            successes: units with a 1.

        Raises:
            ValueError: where successes are not within 0..n.
        """
        if not 0 <= successes <= n:
            raise ValueError(f"successes == {successes}, must be between 0 and n == {n}.")
        return cls.from_sums(n, (column,), [successes], [[successes]])

    def index(self, column: str) -> int:
        """Position of a column; raises KeyError with the known names where it is not there."""
        try:
            return self._places[column]
        except KeyError:
            raise KeyError(f"no column {column!r}; known: {', '.join(self.columns)}") from None

    def mean_of(self, column: str) -> float:
        """Mean per unit of one column."""
        return float(self.mean[self.index(column)])

    def var_of(self, column: str) -> float:
        """Sample variance per unit of one column."""
        i = self.index(column)
        return float(self.cov[i, i])

    def cov_of(self, a: str, b: str) -> float:
        """Sample covariance per unit of two columns."""
        return float(self.cov[self.index(a), self.index(b)])

    def select(self, columns: Sequence[str]) -> Moments:
        """The same group with only the named columns, in the given order."""
        idx = [self.index(c) for c in columns]
        return Moments(self.n, tuple(columns), self.mean[idx], self.cov[np.ix_(idx, idx)])

    def combine(self, name_to_weights: Mapping[str, Mapping[str, float]]) -> Moments:
        """Moments of linear combinations: each new column is a weighted sum of present ones."""
        w = np.zeros((len(name_to_weights), len(self.columns)))
        for row, weights in enumerate(name_to_weights.values()):
            for column, weight in weights.items():
                w[row, self.index(column)] = weight
        cov = w @ self.cov @ w.T
        terms = np.diag(np.abs(w) @ np.abs(self.cov) @ np.abs(w).T)
        cov = without_noise((cov + cov.T) / 2, terms)
        return Moments(self.n, tuple(name_to_weights), w @ self.mean, cov)

    def __add__(self, other: Moments) -> Moments:
        """Moments of the union of two disjoint groups (Chan's formula)."""
        if not isinstance(other, Moments):
            return NotImplemented
        if self.columns != other.columns:
            raise ValueError(f"columns differ: {self.columns} and {other.columns}.")
        n = self.n + other.n
        if self.n == 0 or other.n == 0:
            return other if self.n == 0 else self
        delta = other.mean - self.mean
        mean = self.mean + delta * (other.n / n)
        scatter = self.cov * (self.n - 1) + other.cov * (other.n - 1) + np.outer(delta, delta) * (self.n * other.n / n)
        return Moments(n, self.columns, mean, scatter / (n - 1))

    def __eq__(self, other: object) -> bool:
        """Equal when every number is equal."""
        if not isinstance(other, Moments):
            return NotImplemented
        return (
            self.n == other.n
            and self.columns == other.columns
            and np.array_equal(self.mean, other.mean)
            and np.array_equal(self.cov, other.cov)
        )

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` reads it back exactly."""
        return {
            "n": self.n,
            "columns": list(self.columns),
            "mean": self.mean.tolist(),
            "cov": self.cov.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Moments:
        """Read what `to_dict` wrote."""
        return cls(int(data["n"]), tuple(data["columns"]), data["mean"], data["cov"])


def without_noise(cov: Matrix, terms: Vector) -> Matrix:
    """The covariance matrix with rows and columns set to 0 where the variance is only rounding noise.

    A combination that is constant (num − r den where num is always r den) must have variance 0, not −1e-20. `terms`
    holds, for each variance, the size of the terms that it was summed from.
    """
    spread = np.diag(cov) > ROUNDING * terms
    return np.where(np.outer(spread, spread), cov, 0.0)


def add_up(groups: Sequence[Moments]) -> Moments:
    """Moments of the union of disjoint groups; at least one group is needed.

    Raises:
        ValueError: where there is no group, or columns differ.
    """
    if not groups:
        raise ValueError("groups == [], must hold at least one.")
    total = groups[0]
    for group in groups[1:]:
        total = total + group
    return total
