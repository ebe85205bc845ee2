"""Few groups of uneven size: what the delta method leaves out of the variance of a ratio, and degrees of freedom.

The residual of a group with much weight pulls the ratio towards itself, so that the squared residuals are too small:
with shares h of the denominator their sum falls short by 1 − 2 Σh³/Σh² + Σh² where groups differ as a whole. Sums of
cubes are no moments; that of lognormal sizes stands for them, and κ = 1 + cv² is all that is needed. The degrees of
freedom are those of n / κ groups, the effective number of Kish (1965). Carter, Schnepel and Steigerwald (2017, Review
of Economics and Statistics 99) show that tests of few uneven clusters must go by such a number. Simulated in
docs/calibration.md#agents.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.stats.moments import Moments

#: Below so much of the variance left, groups are too uneven to be compared.
LEAST_LEFT = 0.5


@dataclass(frozen=True)
class Evenness:
    """Of the groups of one side.

    Attributes:
        left: share of the variance that the plain formula finds; 1 where all are of one size.
        effective: groups of even size that say as much.
    """

    left: float
    effective: float

    @property
    def comparable(self) -> bool:
        """Whether what is left suffices."""
        return self.left >= LEAST_LEFT


def evenness(denominator: str, moments: Moments) -> Evenness:
    """How even the sizes are, by the column that counts them; at least two groups, some of them with a size."""
    n, mean = moments.n, moments.mean_of(denominator)
    kappa = 1 + moments.var_of(denominator) / mean**2 * (n - 1) / n
    left = n / (n - 1) * (1 - 2 * kappa**2 / n + kappa / n)
    return Evenness(left, n / kappa)
