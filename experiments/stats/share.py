"""One share or mean with its interval, and the change between two independent periods."""

from __future__ import annotations

from math import sqrt

from experiments.stats.normal import upper_quantile
from experiments.stats.score import Counts, score_interval

Interval = tuple[float, float]


def wilson_interval(events: float, n: float, level: float = 0.95) -> Interval | None:
    """Score interval of a share (Wilson 1927), which stays inside [0, 1] and holds for small counts.

    Args:
        events, n: hits and trials; whole, or sums of weights.
        level: two-sided.

    Returns:
        (low, high), exactly 0 or 1 where nothing or everything was hit; None without a trial.

    Raises:
        ValueError: where events are not within 0..n.
    """
    if not 0 <= events <= n:
        raise ValueError(f"events == {events}, must be between 0 and n == {n}.")
    if n == 0:
        return None
    z2 = upper_quantile((1 - level) / 2) ** 2
    share = events / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2) * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if events == 0 else max(0.0, centre - half)
    high = 1.0 if events == n else min(1.0, centre + half)
    return low, high


def share_change(before: tuple[int, int], now: tuple[int, int], level: float = 0.95) -> Interval | None:
    """Difference of two shares, each (events, n): the score interval of Miettinen and Nurminen; None without trials."""
    if not before[1] or not now[1]:
        return None
    lo, hi = score_interval(Counts(before[0], before[1], now[0], now[1]), upper_quantile((1 - level) / 2), "absolute")
    return None if hi is None else (lo, hi)


def mean_interval(n: int, total: float, squares: float, level: float = 0.95) -> Interval | None:
    """Normal interval of a mean from its sums; None below two values."""
    error = _squared_error(n, total, squares)
    if error is None:
        return None
    mean, half = total / n, upper_quantile((1 - level) / 2) * sqrt(error)
    return mean - half, mean + half


def mean_change(
    before: tuple[int, float, float], now: tuple[int, float, float], level: float = 0.95
) -> Interval | None:
    """Difference of two means, each (n, sum, sum of squares), with separate variances; None below two values."""
    errors = _squared_error(*before), _squared_error(*now)
    if errors[0] is None or errors[1] is None:
        return None
    gap = now[1] / now[0] - before[1] / before[0]
    half = upper_quantile((1 - level) / 2) * sqrt(errors[0] + errors[1])
    return gap - half, gap + half


def count_change(before: int, now: int, level: float = 0.95) -> Interval | None:
    """Ratio − 1 of two counts of events that come one by one (Poisson), over equally long periods.

    Given their sum, one count is binomial (Przyborowski and Wilenski 1940); its score interval becomes that of the
    ratio. None where nothing happened before.
    """
    if before == 0:
        return None
    share = wilson_interval(now, before + now, level)
    assert share is not None
    lo, hi = share
    return lo / (1 - lo) - 1, hi / (1 - hi) - 1


def _squared_error(n: int, total: float, squares: float) -> float | None:
    if n < 2:
        return None
    mean = total / n
    return max(0.0, (squares - n * mean * mean) / (n - 1)) / n
