"""Ratios over things that come in clusters: contacts, answers and offers of the same people.

Two contacts of one customer are not two independent contacts, so the spread is taken between people (Cochran 1977,
Sampling Techniques, §9; the linearised variance of a ratio), never between the things counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from experiments.stats.normal import upper_quantile
from experiments.stats.share import Interval, wilson_interval


@dataclass(frozen=True, slots=True)
class Clustered:
    """Sums over people of how many things each has (n) and what these add up to (x).

    Args:
        people: with anything to count; nn, nx, xx: sums of n², n·x and x² over people.
    """

    people: int = 0
    n: float = 0.0
    x: float = 0.0
    nn: float = 0.0
    nx: float = 0.0
    xx: float = 0.0

    @property
    def ratio(self) -> float | None:
        """x per thing; None without one."""
        return self.x / self.n if self.n else None

    def variance(self) -> float | None:
        """Of the ratio; None below two people."""
        if self.n == 0 or self.people < 2:
            return None
        ratio = self.x / self.n
        between = max(0.0, self.xx - 2 * ratio * self.nx + ratio * ratio * self.nn)
        return between / (self.n * self.n) * self.people / (self.people - 1)


def ratio_interval(sums: Clustered, level: float = 0.95) -> Interval | None:
    """Normal interval of x per thing; None below two people."""
    variance = sums.variance()
    if variance is None:
        return None
    ratio, half = sums.x / sums.n, upper_quantile((1 - level) / 2) * sqrt(variance)
    return ratio - half, ratio + half


def share_interval(sums: Clustered, level: float = 0.95) -> Interval | None:
    """Score interval of a share at its effective size n / design effect (Dean and Pagano 2015); None below two people.

    Where all or none happened nobody differs from anybody, and the design effect is the one of things that are alike
    within a person: Σn² / Σn. A design effect below 1 is not used.
    """
    variance = sums.variance()
    if variance is None:
        return None
    share = sums.x / sums.n
    alike = share * (1 - share) / sums.n
    effect = max(1.0, variance / alike if alike > 0 and variance > 0 else sums.nn / sums.n)
    return wilson_interval(sums.x / effect, sums.n / effect, level)


def difference_interval(
    before: float | None, before_span: Interval | None, now: float | None, now_span: Interval | None
) -> Interval | None:
    """Of now − before from the interval of each (Zou and Donner 2008), as of independent periods; None without both.

    The same people in both periods make it wider than it need be, never narrower, as long as they are alike over time.
    """
    if before is None or now is None or before_span is None or now_span is None:
        return None
    gap = now - before
    low = gap - sqrt((now - now_span[0]) ** 2 + (before_span[1] - before) ** 2)
    return low, gap + sqrt((now_span[1] - now) ** 2 + (before - before_span[0]) ** 2)


def count_interval(before: Clustered, now: Clustered, level: float = 0.95) -> Interval | None:
    """Ratio − 1 of two counts over equally long periods, of people who come one by one and bring several things each.

    A compound Poisson count has the variance Σn²; the interval is normal on the logarithm. None where either is empty.
    """
    if not before.n or not now.n:
        return None
    half = upper_quantile((1 - level) / 2) * sqrt(before.nn / before.n**2 + now.nn / now.n**2)
    middle = log(now.n / before.n)
    return exp(middle - half) - 1, exp(middle + half) - 1
