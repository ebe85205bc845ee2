"""Posterior of a normal estimate under a Student-t prior, integrated panel by panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from experiments.stats.moments import Vector
from experiments.stats.normal import gauss_legendre
from experiments.stats.prior import Prior

_NODES = 24
# The likelihood is below 1e-17 of its peak beyond nine standard errors.
_REACH = 9.0


class StudentGrid:
    """Posterior density on panels that follow the likelihood and the centre of the prior.

    Args:
        estimate: effect as measured.
        se: its standard error.
        prior: location and scale of the Student-t.
        df: its degrees of freedom.
        breaks: points at which an expectation may have a kink or a probability is read.
    """

    def __init__(self, estimate: float, se: float, prior: Prior, df: float, breaks: Sequence[float] = ()) -> None:
        self._estimate, self._se, self._prior, self._df = estimate, se, prior, df
        steps = np.linspace(-_REACH, _REACH, 37)
        edges = np.unique(np.concatenate([estimate + se * steps, prior.mean + prior.scale * steps, np.asarray(breaks)]))
        self._edges: Vector = edges[np.abs(edges - estimate) <= _REACH * se * (1 + 1e-12)]
        self._peak = 0.0
        x, width = self._nodes(self._edges[:-1], self._edges[1:])
        log_density = self._log_density(x)
        self._peak = float(log_density.max())
        mass = width * np.exp(log_density - self._peak)
        self._total = float(mass.sum())
        self._x, self._mass = x.ravel(), mass.ravel() / self._total
        self._below: Vector = np.concatenate([[0.0], np.cumsum(mass.sum(axis=1))]) / self._total

    def expect(self, function: Callable[[Vector], Vector]) -> float:
        """Posterior mean of a function."""
        return float(self._mass @ function(self._x))

    def below(self, x: float) -> float:
        """P(effect <= x)."""
        panel = int(np.searchsorted(self._edges, x, side="right")) - 1
        if panel < 0:
            return 0.0
        if panel >= self._edges.size - 1:
            return 1.0
        nodes, width = self._nodes(self._edges[panel : panel + 1], np.array([x]))
        part = float((width * np.exp(self._log_density(nodes) - self._peak)).sum())
        return float(self._below[panel]) + part / self._total

    def quantile(self, share: float) -> float:
        """The x with P(effect <= x) = share."""
        from scipy.optimize import brentq

        return float(brentq(lambda x: self.below(x) - share, self._edges[0], self._edges[-1], xtol=1e-14))

    def _log_density(self, x: Vector) -> Vector:
        likelihood = -0.5 * ((x - self._estimate) / self._se) ** 2
        distance = (x - self._prior.mean) / self._prior.scale
        return np.asarray(likelihood - 0.5 * (self._df + 1) * np.log1p(distance**2 / self._df))

    @staticmethod
    def _nodes(low: Vector, high: Vector) -> tuple[Vector, Vector]:
        nodes, weights = gauss_legendre(_NODES)
        half = (high - low)[:, None] / 2
        return np.asarray(half * nodes + (low[:, None] + half)), np.asarray(half * weights)
