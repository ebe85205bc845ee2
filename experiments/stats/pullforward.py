"""Did we only buy earlier? The effect by day since exposure, and the share of an early effect that remains.

Only the fixed cohort enters: units exposed at least D days before the cut, so every day has the same units. Columns
hold each unit's total up to a day, so their covariances are those of the curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from experiments.stats import normal
from experiments.stats.effect import Effect, Status
from experiments.stats.fieller import quotient
from experiments.stats.moments import Matrix, Moments, Vector
from experiments.stats.net import effect_vector
from experiments.stats.result import Result
from experiments.stats.simultaneous import correlation_of, max_t_critical
from experiments.stats.tails import critical_value, tail_of, two_sided_p


@dataclass(frozen=True)
class CurveDay(Result):
    """Effect of the first `day` days after exposure.

    Attributes:
        day: 24-hour blocks since first exposure.
        point: mean per unit, variant − control.
        se: its standard error.
        lo: lower end of the interval of this day alone.
        hi: upper end.
        band_lo: lower end of the band that covers the whole curve at once.
        band_hi: upper end.
    """

    day: int
    point: float
    se: float
    lo: float
    hi: float
    band_lo: float
    band_hi: float


@dataclass(frozen=True)
class RetainedShare(Result):
    """Share of the early effect that is still there at the end, δ(D) / δ(d0), with Fieller's interval.

    Attributes:
        status: ok; too_few without units; unbounded where the early effect is not clearly different from zero.
        point: the share; 1 − share was pulled forward. None where the status is not ok.
        lo: lower end.
        hi: upper end.
    """

    status: Status
    point: float | None
    lo: float | None
    hi: float | None


@dataclass(frozen=True)
class PullForward(Result):
    """The curve and what it says about purchases made earlier.

    Attributes:
        status: ok, or too_few where an arm has fewer than two units.
        days: the curve; empty where the status is not ok.
        early: d0, the day fixed in advance.
        level: two-sided confidence level of every interval.
        retained: share of the effect at d0 that remains at the last day.
        later: δ(D) − δ(d0); below zero means that later purchases paid for early ones.
        gone_p: one-sided p of δ(D) > 0; a clear early effect with a large value here is pure pull-forward.
    """

    status: Status
    days: tuple[CurveDay, ...]
    early: int
    level: float
    retained: RetainedShare
    later: Effect
    gone_p: float | None


def pull_forward(
    control: Moments,
    variant: Moments,
    columns: Sequence[str],
    days: Sequence[int],
    early: int,
    level: float = 0.95,
    critical: float | None = None,
    covariates: Sequence[str] = (),
) -> PullForward:
    """Effect by day since exposure over a fixed cohort.

    Args:
        control: moments of the control's cohort.
        variant: moments of the variant's cohort.
        columns: one cumulative column per day, up to and including that day.
        days: rising days of the columns; the last one is the horizon D.
        early: d0, one of the days, fixed before the data are seen and below D.
        level: two-sided confidence level.
        critical: boundary z of a planned look, which then sets the intervals; None for the quantile of `level`.
        covariates: one vector for all days, or none.

    Raises:
        ValueError: where the days do not fit; choosing the day of the largest effect would bias the share.
    """
    _check(columns, days, early)
    if min(control.n, variant.n) < 2:
        return _too_few(early, level)
    delta, sigma = effect_vector(columns, control, variant, covariates)
    q = critical_value(tail_of(level), None, critical)
    i, j = list(days).index(early), len(days) - 1
    return PullForward(
        Status.OK,
        _curve(days, delta, sigma, q),
        early,
        level,
        _retained(delta, sigma, i, j, q),
        _later(delta, sigma, i, j, level, q),
        normal.sf(delta[j] / float(np.sqrt(sigma[j, j]))) if sigma[j, j] > 0 else None,
    )


def _curve(days: Sequence[int], delta: Vector, sigma: Matrix, pointwise: float) -> tuple[CurveDay, ...]:
    se = np.sqrt(np.diag(sigma))
    moving = se > 0
    band = pointwise
    if moving.sum() > 1:
        alpha = two_sided_p(pointwise)
        band = max(pointwise, max_t_critical(correlation_of(sigma[np.ix_(moving, moving)]), alpha))
    return tuple(
        CurveDay(day, d, s, d - pointwise * s, d + pointwise * s, d - band * s, d + band * s)
        for day, d, s in zip(days, delta.tolist(), se.tolist(), strict=True)
    )


def _retained(delta: Vector, sigma: Matrix, early: int, last: int, critical: float) -> RetainedShare:
    share = quotient(
        float(delta[last]), float(delta[early]), float(sigma[last, last]), float(sigma[early, early]),
        float(sigma[last, early]), critical,
    )  # fmt: skip
    if not share.estimable:
        return RetainedShare(Status.UNBOUNDED, None, None, None)
    return RetainedShare(Status.OK, share.point, share.lo, share.hi)


def _later(delta: Vector, sigma: Matrix, early: int, last: int, level: float, critical: float) -> Effect:
    change = float(delta[last] - delta[early])
    variance = float(sigma[last, last] + sigma[early, early] - 2 * sigma[last, early])
    before, after = float(delta[early]), float(delta[last])
    if variance <= 0:
        return _no_effect(Status.NOT_TESTABLE, change, level, before, after)
    se = float(np.sqrt(variance))
    half = critical * se
    p = two_sided_p(change / se, None)
    return Effect(
        "absolute", Status.OK, change, change - half, change + half, level, "z", se, change / se, p, before, after
    )  # fmt: skip


def _too_few(early: int, level: float) -> PullForward:
    nothing = RetainedShare(Status.TOO_FEW, None, None, None)
    later = _no_effect(Status.TOO_FEW, None, level, None, None)
    return PullForward(Status.TOO_FEW, (), early, level, nothing, later, None)


def _no_effect(status: Status, point: float | None, level: float, before: float | None, after: float | None) -> Effect:
    return Effect("absolute", status, point, None, None, level, "z", None, None, None, before, after)


def _check(columns: Sequence[str], days: Sequence[int], early: int) -> None:
    if len(columns) != len(days) or len(days) < 2:
        raise ValueError(f"columns has {len(columns)} and days {len(days)} entries, must be equal and at least 2.")
    if any(b <= a for a, b in pairwise(days)):
        raise ValueError(f"days == {list(days)}, must rise.")
    if early not in days[:-1]:
        raise ValueError(f"early == {early}, must be one of the days {list(days[:-1])} before the last.")
