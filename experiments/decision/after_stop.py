"""The change of a goal with all its looks taken into account, beside the one that was measured.

It is computed where a test with several looks has passed a bound or has come to its planned end, and never decides: the
verdict is the boundary's. Each end of the interval is the end of the usual interval (Fieller's, or the score form) at
its own critical value, so that one look gives exactly the usual interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from experiments.decision.bar import bounds, harm_bounds
from experiments.decision.inputs import AnalysisInput, MetricPlan
from experiments.decision.metric_result import AfterStop, MetricResult
from experiments.domain.metric import Role
from experiments.stats import effects
from experiments.stats.effect import Scale, Status
from experiments.stats.moments import Moments
from experiments.stats.stagewise import AfterLooks, after_looks

#: A critical value of 0 is the estimate itself.
_LEAST = 1e-9


@dataclass(frozen=True)
class _Seen:
    """The goal at all looks, oriented so that gains are positive, with the bounds of the looks before this one."""

    information: tuple[float, ...]
    statistics: tuple[float, ...]
    upper: tuple[float, ...]
    lower: tuple[float, ...]


def with_after_stop(
    given: AnalysisInput, plan: MetricPlan, row: MetricResult, groups: tuple[Moments, Moments], alpha: float
) -> MetricResult:
    """The row of a goal with its corrected change, where one is due.

    Args:
        alpha: one-sided level of this goal in this variant.
    """
    effect = row.deciding
    if plan.role is not Role.GOAL or effect.status is not Status.OK or effect.statistic is None:
        return row
    seen = _seen(given, plan, row.variant, effect.statistic, alpha)
    if seen is None:
        return row
    looks, before = given.looks, _passed(seen, len(seen.upper) - 1)
    if not (before or looks.closing or _passed(seen, len(seen.upper))):
        return row
    if looks.cut_short and looks.taken[-1] < 1 and not before:
        return replace(row, corrected=AfterStop("cut_short", effect.scale, effect.level))
    level = 1 - 2 * alpha
    found = after_looks(seen.information, seen.statistics, seen.upper[:-1], seen.lower[:-1], level)
    told = _corrected(plan, groups, effect.scale, found, seen.statistics[-1])
    return replace(row, corrected=told if _holds(told, effect.point) else _faded(told))


def _seen(given: AnalysisInput, plan: MetricPlan, variant: str, statistic: float, alpha: float) -> _Seen | None:
    looks = given.looks
    if not looks.sequential or given.earlier is None:
        return None
    earlier = given.earlier.get(variant, {}).get(plan.key, ())
    if len(earlier) != len(looks.taken) - 1:
        return None
    path = tuple(plan.direction.value * z for z in (*earlier, statistic))
    return _Seen(looks.taken, path, bounds(looks, alpha), harm_bounds(looks, alpha))


def _passed(seen: _Seen, count: int) -> bool:
    """Whether a bound was passed at one of the first looks."""
    looks = zip(seen.statistics[:count], seen.upper, seen.lower, strict=False)
    return any(z >= high or z <= -low for z, high, low in looks)


def _corrected(
    plan: MetricPlan, groups: tuple[Moments, Moments], scale: Scale, found: AfterLooks, z: float
) -> AfterStop:
    middle, *ends = (_end(plan, groups, scale, z - drift) for drift in (found.middle, found.lo, found.hi))
    if middle is None or any(end is None for end in ends):
        return AfterStop("not_computable", scale, found.level, found.crossed)
    lo, hi = sorted(end for end in ends if end is not None)
    p = 2 * min(found.p, 1 - found.p)
    return AfterStop("ok", scale, found.level, found.crossed, middle, lo, hi, p)


def _holds(told: AfterStop, measured: float | None) -> bool:
    """Whether the interval holds what was measured; a bound that was passed says nothing of a gain that faded since.

    The order of results by their first bound lets what came later decide among its like only. Of a test that went on
    for another metric and saw most of the gain go, it would tell the gain that passed the bound.
    """
    if told.lo is None or told.hi is None or measured is None:
        return True
    return told.lo <= measured <= told.hi


def _faded(told: AfterStop) -> AfterStop:
    return AfterStop("faded", told.scale, told.level, told.crossed_at)


def _end(plan: MetricPlan, groups: tuple[Moments, Moments], scale: Scale, critical: float) -> float | None:
    """The effect that lies so many standard errors below the estimate, in the direction of the metric."""
    compute = effects.relative if scale == "relative" else effects.absolute
    found = compute(plan.measure, *groups, critical=max(abs(critical), _LEAST))
    if found.status is not Status.OK:
        return None
    return found.lo if critical * plan.direction.value > 0 else found.hi
