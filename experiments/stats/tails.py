"""Tail areas and quantiles of the normal or, with degrees of freedom, of the t distribution."""

from __future__ import annotations

import math

from experiments.stats import normal


def upper_tail(statistic: float, df: float | None = None) -> float:
    """P(X > statistic) of the standard normal, or of t where `df` is given; keeps its digits far out."""
    if df is None:
        return normal.sf(statistic)
    from scipy.special import stdtr

    return float(stdtr(df, -statistic))


def upper_quantile(tail: float, df: float | None = None) -> float:
    """The value that a standard normal (or t) variable exceeds with probability `tail`.

    Raises:
        ValueError: where tail is not inside (0, 1).
    """
    if not 0 < tail < 1:
        raise ValueError(f"tail == {tail}, must be between 0 and 1.")
    if df is None:
        return normal.upper_quantile(tail)
    from scipy.special import stdtrit

    return -float(stdtrit(df, tail))


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """Two-sided p-value of a statistic against zero."""
    return min(1.0, 2 * upper_tail(abs(statistic), df))


def critical_value(tail: float, df: float | None = None, critical: float | None = None) -> float:
    """Half-width of an interval in standard errors: `critical` where given, else the quantile of one `tail`.

    Raises:
        ValueError: where tail is not inside (0, 1) or critical is not positive and finite.
    """
    if critical is None:
        return upper_quantile(tail, df)
    if not (critical > 0 and math.isfinite(critical)):
        raise ValueError(f"critical == {critical}, must be positive and finite.")
    return critical


def tail_of(level: float) -> float:
    """Tail on each side of a two-sided level.

    Raises:
        ValueError: where level is not inside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level == {level}, must be between 0 and 1.")
    return (1 - level) / 2
