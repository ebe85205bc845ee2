"""The density of a monitored statistic, carried from look to look.

On the B-scale, B(t) = Z(t)√t is a Brownian motion with drift, so the density of the paths that have not stopped yet
is one convolution per look (Armitage, McPherson and Rowe 1969). Carrying it forward costs O(looks); integrating
anew for each step of a root search costs hundreds of times as much and gives the same digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from experiments.stats.moments import Vector
from experiments.stats.normal import gauss_legendre

_NODES = 200
# A normal variable leaves ±8.5 standard deviations with probability 2e-17.
_REACH = 8.5


@dataclass(frozen=True, eq=False)
class Carried:
    """Probability mass of paths still running at one information time.

    Attributes:
        time: information fraction t.
        position: shape (nodes,), values of B(t).
        mass: shape (nodes,), density times quadrature weight; sums to the chance of not having stopped.
    """

    time: float
    position: Vector
    mass: Vector

    def beyond(self, time: float, edge: float, drift: float = 0.0, upwards: bool = True) -> float:
        """Chance to be running now and beyond the edge (on the B-scale) at a later time."""
        from scipy.special import ndtr

        step = time - self.time
        distance = (edge - self.position - drift * step) / sqrt(step)
        return float(self.mass @ ndtr(-distance if upwards else distance))

    def advance(self, time: float, lower: float, upper: float, drift: float = 0.0) -> Carried:
        """Mass of the paths that lie between the edges at a later time."""
        centre, reach = drift * time, _REACH * sqrt(time)
        low = min(max(lower, centre - reach), upper)
        high = max(min(upper, centre + reach), low)
        nodes, weights = gauss_legendre(_NODES)
        position = 0.5 * (high - low) * nodes + 0.5 * (high + low)
        step = time - self.time
        distance = (position[:, None] - self.position[None, :] - drift * step) / sqrt(step)
        density = np.exp(-0.5 * distance * distance) @ self.mass / sqrt(2 * pi * step)
        return Carried(time, position, 0.5 * (high - low) * weights * density)


def start() -> Carried:
    """All paths at 0 before the first look."""
    return Carried(0.0, np.zeros(1), np.ones(1))
