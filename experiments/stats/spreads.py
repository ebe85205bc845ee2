"""How uncertain the spread of true effects is: its likelihood on a grid.

An interval that takes the estimated tau² for the truth is too short where tests are few; averaging over what the
spread may be mends it (Gelman et al. 2013, "Bayesian Data Analysis", section 5.4: flat priors on mean and tau).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.stats.meta import paule_mandel
from experiments.stats.moments import Vector

POINTS = 60


def likely_spreads(effects: Sequence[float], variances: Sequence[float]) -> tuple[Vector, Vector]:
    """(tau², weight) of possible variances of the true effects; the weights add up to 1.

    Args:
        effects: one estimate per test, at least three.
        variances: their sampling variances, above 0.

    Raises:
        ValueError: where there are fewer than three effects, or a variance is not above 0.
    """
    e, v = np.asarray(effects, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if e.size < 3 or e.shape != v.shape or not (v > 0).all():
        raise ValueError(f"effects has {e.size} entries, must have at least 3 with variances > 0.")
    reach = 4 * np.sqrt(paule_mandel(effects, variances) + float(np.median(v)) / e.size)
    tau2 = np.linspace(0, reach, POINTS) ** 2
    w = 1 / (v[None, :] + tau2[:, None])
    mean = (w * e).sum(axis=1) / w.sum(axis=1)
    q = (w * (e[None, :] - mean[:, None]) ** 2).sum(axis=1)
    log_likelihood = 0.5 * (np.log(w).sum(axis=1) - np.log(w.sum(axis=1)) - q)
    weight = np.exp(log_likelihood - log_likelihood.max())
    return tau2, weight / weight.sum()
