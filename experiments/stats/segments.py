"""Does an effect differ between groups of units? Cochran's Q first, shrunk effects always, claims only after Holm.

Segments are fixed before exposure. Without evidence of a difference the honest picture is the overall effect with the
segments pulled towards it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from experiments.stats.effect import Effect, Scale, Status
from experiments.stats.meta import Heterogeneity, Shrunk, heterogeneity, shrink
from experiments.stats.multiplicity import holm
from experiments.stats.result import Result
from experiments.stats.tails import critical_value, tail_of, two_sided_p


@dataclass(frozen=True)
class SegmentEffect(Result):
    """One segment's effect, as measured and shrunk.

    Attributes:
        segment: its key.
        effect: the effect as measured, with its own interval.
        shrunk: what remains of it beside the others; None where it has no standard error.
    """

    segment: str
    effect: Effect
    shrunk: Shrunk | None


@dataclass(frozen=True)
class SegmentComparison(Result):
    """One way to split the units.

    Attributes:
        variable: key of the split.
        status: ok, or too_few where fewer than two segments have an effect.
        segments: effects in the order given.
        spread: Q, its p-value and the spread of the true effects; None where the status is not ok.
        adjusted_p: p of Q, Holm over all splits compared together.
        differ: True where the adjusted p is below alpha; only then may a page say "works for A, not for B".
    """

    variable: str
    status: Status
    segments: tuple[SegmentEffect, ...]
    spread: Heterogeneity | None
    adjusted_p: float | None
    differ: bool


def compare(effects: Mapping[str, Mapping[str, Effect]], alpha: float = 0.05) -> tuple[SegmentComparison, ...]:
    """Compare segments within each split, Holm over the splits.

    Args:
        effects: split -> segment -> effect of disjoint units, all on the scale of the decision.
        alpha: level of the claim that segments differ.

    Raises:
        ValueError: where effects of one call are on different scales.
    """
    _one_scale(effects)
    spreads = [_spread(by_segment) for by_segment in effects.values()]
    adjusted = holm([None if spread is None else spread.p for spread in spreads])
    return tuple(
        SegmentComparison(
            variable,
            Status.TOO_FEW if spread is None else Status.OK,
            _segments(by_segment, spread),
            spread,
            p,
            p is not None and p < alpha,
        )
        for (variable, by_segment), spread, p in zip(effects.items(), spreads, adjusted, strict=True)
    )


def difference(first: Effect, second: Effect, level: float = 0.95) -> Effect:
    """Interaction of two disjoint segments: second − first on their own scale, z form.

    In the answer `control` and `variant` are the two effects compared.

    Args:
        first, second: effects of units of which none is in both.
        level: two-sided, of the interval.

    Raises:
        ValueError: where the effects are on different scales.
    """
    if first.scale != second.scale:
        raise ValueError(f"scale == {second.scale!r}, must be {first.scale!r}.")
    a, b = _usable(first), _usable(second)
    if a is None or b is None:
        status = first.status if a is None and first.status is not Status.OK else second.status
        named = Status.NOT_TESTABLE if status is Status.OK else status
        return _empty(first.scale, named, first.point, second.point, level)
    delta, se = b[0] - a[0], sqrt(a[1] + b[1])
    half = critical_value(tail_of(level), None, None) * se
    p = two_sided_p(delta / se, None)
    return Effect(first.scale, Status.OK, delta, delta - half, delta + half, level, "z", se, delta / se, p, a[0], b[0])


def _empty(scale: Scale, status: Status, first: float | None, second: float | None, level: float) -> Effect:
    point = None if first is None or second is None else second - first
    return Effect(scale, status, point, None, None, level, "z", None, None, None, first, second)


def _usable(effect: Effect) -> tuple[float, float] | None:
    """Point and variance, where there is both."""
    if effect.status is not Status.OK or effect.point is None or not effect.se:
        return None
    return effect.point, effect.se**2


def _spread(by_segment: Mapping[str, Effect]) -> Heterogeneity | None:
    known = [pair for pair in map(_usable, by_segment.values()) if pair is not None]
    if len(known) < 2:
        return None
    return heterogeneity([e for e, _ in known], [v for _, v in known])


def _segments(by_segment: Mapping[str, Effect], spread: Heterogeneity | None) -> tuple[SegmentEffect, ...]:
    known = {key: pair for key, effect in by_segment.items() if (pair := _usable(effect)) is not None}
    if spread is None:
        return tuple(SegmentEffect(key, effect, None) for key, effect in by_segment.items())
    values = shrink([e for e, _ in known.values()], [v for _, v in known.values()], spread.tau2)
    shrunk = dict(zip(known, values, strict=True))
    return tuple(SegmentEffect(key, effect, shrunk.get(key)) for key, effect in by_segment.items())


def _one_scale(effects: Mapping[str, Mapping[str, Effect]]) -> None:
    scales = {effect.scale for by_segment in effects.values() for effect in by_segment.values()}
    if len(scales) > 1:
        raise ValueError(f"scales == {sorted(scales)}, must be one.")
