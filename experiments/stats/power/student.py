"""Power of a test of few units: Student's t in place of the normal.

The test has n_c + n_t − 2 degrees of freedom and a noncentral t distribution under the planned truth. Where many units
are planned the two agree; with ten a side the normal promises about 5 points of power too many.
"""

from __future__ import annotations

from experiments.stats import normal

#: Powers beyond these have no use, and no quantile that can be computed with.
LEAST, MOST = 1e-12, 1 - 1e-12
#: Below so many degrees of freedom nothing is planned.
LEAST_DF = 1.0


def freedom(n_control: float, allocation: float) -> float:
    """Degrees of freedom of one comparison."""
    return max(n_control * (1 + allocation) - 2, LEAST_DF)


def power(mean: float, level: float, df: float) -> float:
    """Chance that a one-sided t test of this level rejects where its statistic has this noncentrality."""
    from scipy import stats

    return min(max(float(stats.nct.sf(stats.t.isf(level, df), df, mean)), LEAST), MOST)


def margin(mean: float, level: float, df: float) -> float:
    """The same as a normal quantile, so that powers of several tests can be put together."""
    return normal.quantile(power(mean, level, df))


def needed(level: float, wanted: float, df: float) -> float:
    """Noncentrality with which the test has the wanted power; for many units the sum of both normal quantiles."""
    from scipy import optimize

    start = normal.upper_quantile(level) + normal.quantile(wanted)
    return float(optimize.brentq(lambda mean: power(mean, level, df) - wanted, 0.0, 20 * start, xtol=1e-10))
